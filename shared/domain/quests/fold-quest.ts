import type { QuestRule } from '../campaigns/campaign.ts';
import { anyOrderRun } from './any-order-run.ts';
import { orderedRun } from './ordered-run.ts';
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

/** What a user's step events make of a quest. */
export type QuestFold = Readonly<{
  completions: readonly QuestCompletion[];
  open: QuestProgress;
}>;

/**
 * Finds how often a quest was done: the greatest number of completions of which each begins after the one before has ended. Events count in the
 * order of time, those of one instant in the order of their ids, whatever order they are given in; the same step event twice is one. One more
 * event never makes fewer completions.
 */
export const foldQuest = (rule: QuestRule, steps: readonly QuestStepEvent[]): QuestFold => {
  const completions: QuestCompletion[] = [];
  let run = runOf(rule);
  for (const event of inOrder(steps)) {
    const events = run.take(event);
    const [first] = events ?? [];
    if (events === undefined || first === undefined) continue;
    completions.push({
      events: events.map(({ eventId }) => eventId),
      startedAt: first.at,
      endedAt: event.at,
      lastEventId: event.eventId,
    });
    run = runOf(rule);
  }
  const { done, events } = run.progress();
  return {
    completions,
    open: { done, events: events.map(({ eventId }) => eventId), startedAt: events[0]?.at },
  };
};

const runOf = (rule: QuestRule): QuestRun =>
  rule.order === 'ordered' ? orderedRun(rule) : anyOrderRun(rule);

const inOrder = (steps: readonly QuestStepEvent[]): readonly QuestEvent[] =>
  [...Map.groupBy(steps, ({ eventId }) => eventId)]
    .flatMap(([eventId, [first, ...others]]) =>
      first === undefined
        ? []
        : [{ eventId, at: first.completedAt, steps: stepsMet([first, ...others]) }],
    )
    .toSorted((a, b) => a.at.getTime() - b.at.getTime() || (a.eventId < b.eventId ? -1 : 1))
    .map((event, place) => ({ ...event, place }));

const stepsMet = (steps: readonly QuestStepEvent[]): ReadonlySet<number> =>
  new Set(steps.map(({ step }) => step));
