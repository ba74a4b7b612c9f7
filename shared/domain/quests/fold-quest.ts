import type { QuestRule } from '../campaigns/campaign.ts';
import { anyOrderRun } from './any-order-run.ts';
import { orderedRun } from './ordered-run.ts';
import { comparePlaces, type QuestCheckpoint, questBeginning } from './quest-checkpoint.ts';
import type { QuestEvent, QuestRun } from './quest-run.ts';

/** That an event met a step; one that met several has one of these for each. */
export type QuestStepEvent = Readonly<{ eventId: string; step: number; completedAt: Date }>;

/** One time that a quest was done, in event time. */
export type QuestCompletion = Readonly<{
  /** What it was done by, in the order in which it happened. */
  events: readonly string[];
  startedAt: Date;
  endedAt: Date;
  lastEventId: string;
}>;

/** How far a quest is after its last completion. */
type QuestProgress = Readonly<{
  /** Per step of the rule: how many events of it count, its count at most. */
  done: readonly number[];
  events: readonly string[];
  /** From then on the time limit runs; undefined before the first step. */
  startedAt: Date | undefined;
}>;

/** The quest of a user after its step events. */
export type QuestFold = Readonly<{
  /** Those after the checkpoint that the fold continued from. */
  completions: readonly QuestCompletion[];
  open: QuestProgress;
  /** The quest as of the last event. */
  head: QuestCheckpoint;
  /** The quest as of every so many events on the way. */
  checkpoints: readonly QuestCheckpoint[];
}>;

type Options = Readonly<{
  /** What came before the steps. */
  from?: QuestCheckpoint | undefined;
  eventsPerCheckpoint?: number;
}>;

/** A late event causes at most this many earlier ones to be read again. */
const defaultEventsPerCheckpoint = 64;

/**
 * Counts the completions of a quest: the greatest number of completions each of which begins after
 * the previous one has ended. Events count in the order of time, those of one instant in the order
 * of their ids, whatever order they are given in; the same step event twice is one. One more event
 * never makes fewer completions. Continuing from a checkpoint with the steps after it finds what
 * the whole fold finds.
 */
export const foldQuest = (
  rule: QuestRule,
  steps: readonly QuestStepEvent[],
  { from = questBeginning, eventsPerCheckpoint = defaultEventsPerCheckpoint }: Options = {},
): QuestFold => {
  const completions: QuestCompletion[] = [];
  const checkpoints: QuestCheckpoint[] = [];
  let run = continued(rule, from);
  let { place, events: count } = from;
  const checkpoint = (): QuestCheckpoint => ({
    place,
    events: count,
    completions: from.completions + completions.length,
    open: run.open().map(({ steps: met, eventId, at }) => ({ eventId, at, steps: [...met] })),
  });
  for (const event of inOrder(steps, from.open.length)) {
    const events = run.take(event);
    if (events !== undefined) {
      completions.push(completionOf(events, event));
      run = runOf(rule);
    }
    place = { at: event.at, eventId: event.eventId };
    count += 1;
    if (count % eventsPerCheckpoint === 0) checkpoints.push(checkpoint());
  }
  const { done, events } = run.progress();
  return {
    completions,
    open: { done, events: events.map(({ eventId }) => eventId), startedAt: events[0]?.at },
    head: checkpoint(),
    checkpoints,
  };
};

const completionOf = (events: readonly QuestEvent[], last: QuestEvent): QuestCompletion => ({
  events: events.map(({ eventId }) => eventId),
  startedAt: events[0]?.at ?? last.at,
  endedAt: last.at,
  lastEventId: last.eventId,
});

/** An ordered quest of one step needs no order. */
const runOf = (rule: QuestRule): QuestRun =>
  rule.order === 'ordered' && rule.steps.length > 1 ? orderedRun(rule) : anyOrderRun(rule);

/** Open events complete nothing by themselves: they put the run where it was. */
const continued = (rule: QuestRule, { open }: QuestCheckpoint): QuestRun => {
  const run = runOf(rule);
  for (const [place, event] of open.entries())
    run.take({ ...event, place, steps: new Set(event.steps) });
  return run;
};

const inOrder = (steps: readonly QuestStepEvent[], firstPlace: number): readonly QuestEvent[] =>
  [...Map.groupBy(steps, ({ eventId }) => eventId)]
    .flatMap(([eventId, [first, ...others]]) =>
      first === undefined
        ? []
        : [{ eventId, at: first.completedAt, steps: stepsMet([first, ...others]) }],
    )
    .toSorted(comparePlaces)
    .map((event, index) => ({ ...event, place: firstPlace + index }));

const stepsMet = (steps: readonly QuestStepEvent[]): ReadonlySet<number> =>
  new Set(steps.map(({ step }) => step).toSorted((one, other) => one - other));
