import { assert } from '../assert.ts';
import type { QuestRule } from '../campaigns/campaign.ts';
import { foldQuest, type QuestCompletion, type QuestStepEvent } from './fold-quest.ts';
import {
  comparePlaces,
  isAfter,
  type QuestCheckpoint,
  type QuestPlace,
} from './quest-checkpoint.ts';

/** The progress of a user in a quest. */
export type QuestState = Readonly<{
  /** How often it is done, by the steps that count. */
  completions: number;
  /** The greatest completion number so far; numbers are never reused, even after a reversal. */
  counted: number;
  /**
   * The quest as of the latest event; undefined where it is not known and has to be counted from
   * the first step.
   */
  head: QuestCheckpoint | undefined;
}>;

/** A quest without progress. */
export const notBegun: QuestState = { completions: 0, counted: 0, head: undefined };

/** An event that met steps of a quest. */
export type QuestArrival = Readonly<{
  eventId: string;
  completedAt: Date;
  steps: readonly number[];
}>;

/**
 * A completion that an arrival brought about. It need not be part of it: a late event may leave
 * others over for a last one.
 */
export type NewCompletion = Readonly<{
  number: number;
  broughtBy: string;
  completion: QuestCompletion;
}>;

/** What is known of a quest: a checkpoint, and all steps after it that count. */
export type QuestHistory = Readonly<{
  from: QuestCheckpoint;
  steps: readonly QuestStepEvent[];
}>;

/** A quest after a change. */
export type AdvancedQuest = Readonly<{
  state: QuestState;
  completed: readonly NewCompletion[];
  /** Those after the checkpoint that it continued from, in place of all that were there. */
  checkpoints: readonly QuestCheckpoint[];
}>;

/**
 * The first of some arrivals: what is known of a quest has to begin with a checkpoint before it.
 */
export const firstPlaceOf = (arrivals: readonly QuestArrival[]): QuestPlace | undefined =>
  arrivals.map(placeOf).toSorted(comparePlaces)[0];

type Advancing = QuestHistory &
  Readonly<{ arrivals: readonly QuestArrival[]; eventsPerCheckpoint?: number }>;

/**
 * Counts arrivals that come together, given a checkpoint before the first of them and the steps
 * since. However the events of a quest arrive, it ends with the same number of completions, and
 * they have the same numbers.
 */
export const advanceQuest = (
  rule: QuestRule,
  { completions, counted }: QuestState,
  { from, steps, arrivals, ...options }: Advancing,
): AdvancedQuest => {
  const fold = foldQuest(rule, [...steps, ...arrivals.flatMap(stepsOf)], { from, ...options });
  const completed = fold.completions
    .slice(completions - from.completions)
    .map((completion, index) => ({
      number: counted + index + 1,
      broughtBy: bringerOf(completion, arrivals),
      completion,
    }));
  return {
    state: {
      completions: fold.head.completions,
      counted: counted + completed.length,
      head: fold.head,
    },
    completed,
    checkpoints: fold.checkpoints,
  };
};

type Recounting = QuestHistory & Readonly<{ eventsPerCheckpoint?: number }>;

/**
 * Counts a quest again after events were reversed, given a checkpoint before the first of them and
 * the later steps that still count. The numbers that were given stay given.
 */
export const recountQuest = (
  rule: QuestRule,
  { counted }: QuestState,
  { steps, ...options }: Recounting,
): Omit<AdvancedQuest, 'completed'> => {
  const { head, checkpoints } = foldQuest(rule, steps, options);
  return { state: { completions: head.completions, counted, head }, checkpoints };
};

/**
 * The last arrival up to the end of a completion. One more arrival changes nothing before it, so
 * there is one.
 */
const bringerOf = (
  { endedAt: at, lastEventId: eventId }: QuestCompletion,
  arrivals: readonly QuestArrival[],
): string => {
  const last = arrivals
    .map(placeOf)
    .filter((place) => !isAfter(place, { at, eventId }))
    .toSorted(comparePlaces)
    .at(-1);
  assert(last, 'a new completion ends with an arrival or after it');
  return last.eventId;
};

const placeOf = ({ completedAt: at, eventId }: QuestArrival): QuestPlace => ({ at, eventId });

const stepsOf = ({ eventId, completedAt, steps }: QuestArrival): readonly QuestStepEvent[] =>
  steps.map((step) => ({ eventId, step, completedAt }));
