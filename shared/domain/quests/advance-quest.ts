import type { QuestRule } from '../campaigns/campaign.ts';
import {
  foldQuest,
  type QuestCompletion,
  type QuestFold,
  type QuestStepEvent,
} from './fold-quest.ts';

/** A place in the order of events: those of one instant go by their ids. */
export type QuestPlace = Readonly<{ at: Date; eventId: string }>;

/** Where a quest of a user stands. */
export type QuestStanding = Readonly<{
  /** How often it is done, by the steps that count. */
  completions: number;
  /** The greatest number that a completion was given; each is given once, also where one was taken back. */
  counted: number;
  /** Where the last completion ended: only what comes after it matters to the next. */
  end: QuestPlace | undefined;
}>;

/** An event that met steps of a quest. */
export type QuestArrival = Readonly<{
  eventId: string;
  completedAt: Date;
  steps: readonly number[];
}>;

/** A completion that an arrival brought about. It need not be part of it: a late event may leave others over for a last one. */
export type NewCompletion = Readonly<{
  number: number;
  broughtBy: string;
  completion: QuestCompletion;
}>;

/** From where on steps matter to arrivals: from the last completion on, or, where one came late, from the first step on. */
export const mattersFrom = (
  { end }: QuestStanding,
  arrivals: readonly QuestArrival[],
): QuestPlace | undefined =>
  end !== undefined && arrivals.every((arrival) => isAfter(arrival, end)) ? end : undefined;

const isAfter = ({ completedAt, eventId }: QuestArrival, end: QuestPlace): boolean =>
  completedAt.getTime() === end.at.getTime() ? eventId > end.eventId : completedAt > end.at;

/**
 * Counts arrivals one after the other, given the steps `after` a place that mattersFrom named. However the events of a quest arrive, it ends
 * with the same number of completions, and they have the same numbers.
 */
export const advanceQuest = (
  rule: QuestRule,
  standing: QuestStanding,
  {
    steps,
    after,
    arrivals,
  }: Readonly<{
    steps: readonly QuestStepEvent[];
    after: QuestPlace | undefined;
    arrivals: readonly QuestArrival[];
  }>,
): Readonly<{ standing: QuestStanding; completed: readonly NewCompletion[] }> => {
  const before = after === undefined ? 0 : standing.completions;
  const known = [...steps];
  const completed: NewCompletion[] = [];
  let { completions, counted, end } = standing;
  for (const arrival of arrivals) {
    known.push(...stepsOf(arrival));
    const fold = foldQuest(rule, known);
    for (const completion of fold.completions.slice(completions - before)) {
      completions += 1;
      counted += 1;
      completed.push({ number: counted, broughtBy: arrival.eventId, completion });
    }
    end = endOf(fold) ?? end;
  }
  return { standing: { completions, counted, end }, completed };
};

/** Where a quest stands by all steps that still count, after some were taken back. The numbers that were given stay given. */
export const recountQuest = (
  rule: QuestRule,
  { counted }: QuestStanding,
  steps: readonly QuestStepEvent[],
): QuestStanding => {
  const fold = foldQuest(rule, steps);
  return { completions: fold.completions.length, counted, end: endOf(fold) };
};

const stepsOf = ({ eventId, completedAt, steps }: QuestArrival): readonly QuestStepEvent[] =>
  steps.map((step) => ({ eventId, step, completedAt }));

const endOf = ({ completions }: QuestFold): QuestPlace | undefined => {
  const last = completions.at(-1);
  return last && { at: last.endedAt, eventId: last.lastEventId };
};
