import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QuestRule } from '../campaigns/campaign.ts';
import {
  advanceQuest,
  mattersFrom,
  type QuestArrival,
  type QuestStanding,
  recountQuest,
} from './advance-quest.ts';
import { foldQuest, type QuestStepEvent } from './fold-quest.ts';

const rules = fc.record({
  order: fc.constantFrom('ordered', 'any'),
  steps: fc.array(
    fc.integer({ min: 1, max: 2 }).map((count) => ({ name: 's', action: 'A', count })),
    { minLength: 1, maxLength: 3 },
  ),
  withinSeconds: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
}) satisfies fc.Arbitrary<QuestRule>;

/** Batches of arrivals in any order, many of them at the same instant. */
const arrivals = fc
  .array(
    fc.record({
      second: fc.integer({ min: 0, max: 12 }),
      steps: fc.uniqueArray(fc.integer({ min: 0, max: 2 }), { minLength: 1 }),
      endsBatch: fc.boolean(),
    }),
    { maxLength: 14 },
  )
  .map((events) =>
    events.map(({ second, steps, endsBatch }, index) => ({
      arrival: { eventId: `e-${index}`, completedAt: new Date(second * 1000), steps },
      endsBatch,
    })),
  );

const nothing: QuestStanding = { completions: 0, counted: 0, end: undefined };

const stepsOf = (arrivals: readonly QuestArrival[]): readonly QuestStepEvent[] =>
  arrivals.flatMap(({ eventId, completedAt, steps }) =>
    steps.map((step) => ({ eventId, completedAt, step })),
  );

/** Advances batch by batch, reading of what came before no more than has to be read. */
const arrive = (rule: QuestRule, batches: readonly (readonly QuestArrival[])[]) => {
  const recorded: QuestArrival[] = [];
  let standing = nothing;
  const numbers: number[] = [];
  for (const batch of batches) {
    const after = mattersFrom(standing, batch);
    const steps = stepsOf(recorded).filter(
      ({ completedAt, eventId }) =>
        after === undefined ||
        completedAt > after.at ||
        (completedAt.getTime() === after.at.getTime() && eventId > after.eventId),
    );
    const advanced = advanceQuest(rule, standing, { steps, after, arrivals: batch });
    standing = advanced.standing;
    numbers.push(...advanced.completed.map(({ number }) => number));
    recorded.push(...batch);
  }
  return { standing, numbers, recorded };
};

const batchesOf = (events: readonly { arrival: QuestArrival; endsBatch: boolean }[]) => {
  const batches: QuestArrival[][] = [[]];
  for (const { arrival, endsBatch } of events) {
    batches.at(-1)!.push(arrival);
    if (endsBatch) batches.push([]);
  }
  return batches;
};

describe('advanceQuest', () => {
  it('ends with the completions of the whole fold, numbered from one, however its events arrive', () => {
    fc.assert(
      fc.property(rules, arrivals, (rule, events) => {
        const { standing, numbers, recorded } = arrive(rule, batchesOf(events));
        const fold = foldQuest(rule, stepsOf(recorded));
        expect(standing.completions).toBe(fold.completions.length);
        expect(numbers).toEqual(fold.completions.map((_completion, index) => index + 1));
        expect(standing.end?.eventId).toBe(fold.completions.at(-1)?.lastEventId);
      }),
    );
  });

  it('gives no number twice, also after some events were taken back', () => {
    fc.assert(
      fc.property(rules, arrivals, fc.integer({ min: 0, max: 13 }), (rule, events, kept) => {
        const { standing, recorded } = arrive(rule, batchesOf(events));
        const left = recorded.slice(0, kept);
        const lowered = recountQuest(rule, standing, stepsOf(left));
        expect(lowered.completions).toBeLessThanOrEqual(standing.completions);
        const again = recorded.slice(kept);
        const { standing: raised, completed } = advanceQuest(rule, lowered, {
          steps: stepsOf(left),
          after: undefined,
          arrivals: again,
        });
        expect(raised.completions).toBe(standing.completions);
        expect(completed.map(({ number }) => number)).toEqual(
          completed.map((_completion, index) => standing.counted + index + 1),
        );
      }),
    );
  });
});
