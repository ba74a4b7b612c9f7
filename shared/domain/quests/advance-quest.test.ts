import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runs } from '#shared/testing/runs.ts';
import type { QuestRule } from '../campaigns/campaign.ts';
import {
  advanceQuest,
  firstPlaceOf,
  notBegun,
  type QuestArrival,
  type QuestHistory,
  recountQuest,
} from './advance-quest.ts';
import { foldQuest, type QuestStepEvent } from './fold-quest.ts';
import {
  isAfter,
  type QuestCheckpoint,
  type QuestPlace,
  questBeginning,
} from './quest-checkpoint.ts';

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
    { maxLength: 20 },
  )
  .map((events) =>
    events.map(({ second, steps, endsBatch }, index) => ({
      arrival: { eventId: `e-${index}`, completedAt: new Date(second * 1000), steps },
      endsBatch,
    })),
  );

const stepsOf = (arrivals: readonly QuestArrival[]): readonly QuestStepEvent[] =>
  arrivals.flatMap(({ eventId, completedAt, steps }) =>
    steps.map((step) => ({ eventId, completedAt, step })),
  );

/** So that a few events make several checkpoints. */
const eventsPerCheckpoint = 3;

/** A quest as a store keeps it. */
class StoredQuest {
  readonly rule: QuestRule;
  state = notBegun;
  recorded: readonly QuestArrival[] = [];
  readonly numbers: number[] = [];
  private checkpoints: readonly QuestCheckpoint[] = [];

  constructor(rule: QuestRule) {
    this.rule = rule;
  }

  /** Counts a batch, given no more than has to be read. */
  advance(batch: readonly QuestArrival[]): void {
    const history = this.historyAt(firstPlaceOf(batch));
    const { state, completed, checkpoints } = advanceQuest(this.rule, this.state, {
      ...history,
      arrivals: batch,
      eventsPerCheckpoint,
    });
    this.recorded = [...this.recorded, ...batch];
    this.keep({ state, checkpoints }, history);
    this.numbers.push(...completed.map(({ number }) => number));
    for (const { broughtBy } of completed)
      expect(batch.map(({ eventId }) => eventId)).toContain(broughtBy);
  }

  recount(taken: QuestArrival): void {
    this.recorded = this.recorded.filter((arrival) => arrival !== taken);
    const history = this.historyAt(firstPlaceOf([taken]));
    this.keep(recountQuest(this.rule, this.state, { ...history, eventsPerCheckpoint }), history);
  }

  private historyAt(place: QuestPlace | undefined): QuestHistory {
    const { head = questBeginning } = this.state;
    const isEarlier = ({ place: own }: QuestCheckpoint) =>
      own === undefined || (place !== undefined && isAfter(place, own));
    const from =
      place === undefined || isEarlier(head)
        ? head
        : (this.checkpoints.findLast(isEarlier) ?? questBeginning);
    const steps = stepsOf(this.recorded).filter(({ completedAt: at, eventId }) =>
      isAfter({ at, eventId }, from.place),
    );
    if (from === head) expect(steps).toEqual([]);
    return { from, steps };
  }

  private keep(
    { state, checkpoints }: Pick<ReturnType<typeof advanceQuest>, 'state' | 'checkpoints'>,
    { from }: QuestHistory,
  ): void {
    this.state = state;
    const kept = this.checkpoints.filter(
      ({ place }) => place !== undefined && from.place !== undefined && !isAfter(place, from.place),
    );
    this.checkpoints = [...kept, ...checkpoints];
  }
}

const store = (
  rule: QuestRule,
  events: readonly { arrival: QuestArrival; endsBatch: boolean }[],
) => {
  const quest = new StoredQuest(rule);
  const batches: QuestArrival[][] = [[]];
  for (const { arrival, endsBatch } of events) {
    batches.at(-1)!.push(arrival);
    if (endsBatch) batches.push([]);
  }
  for (const batch of batches) quest.advance(batch);
  return quest;
};

describe('advanceQuest', () => {
  it('ends with the completions of the whole fold, numbered from one, however its events arrive', () => {
    fc.assert(
      fc.property(rules, arrivals, (rule, events) => {
        const { state, numbers, recorded } = store(rule, events);
        const fold = foldQuest(rule, stepsOf(recorded));
        expect(numbers).toEqual(fold.completions.map((_completion, index) => index + 1));
        expect(state).toEqual({
          completions: fold.completions.length,
          counted: fold.completions.length,
          head: fold.head,
        });
      }),
      { numRuns: runs(300) },
    );
  });

  it('gives no number twice, also after some events were reversed', () => {
    fc.assert(
      fc.property(rules, arrivals, fc.integer({ min: 0, max: 19 }), (rule, events, kept) => {
        const quest = store(rule, events);
        const before = quest.state;
        const taken = quest.recorded.slice(kept);
        for (const arrival of taken) quest.recount(arrival);
        const fold = foldQuest(rule, stepsOf(quest.recorded));
        expect(quest.state).toEqual({
          completions: fold.completions.length,
          counted: before.counted,
          head: fold.head,
        });
        quest.advance(taken);
        expect(quest.state.completions).toBe(before.completions);
        expect(quest.state.head).toEqual(before.head);
        expect(quest.numbers).toEqual(quest.numbers.map((_number, index) => index + 1));
      }),
      { numRuns: runs(300) },
    );
  });

  it('keeps of a history without end what the next completion can use', () => {
    const step = (name: string, count = 1) => ({ name, action: name, count });
    const rule = { order: 'ordered', steps: [step('a', 2), step('b')] } as const;
    const quest = new StoredQuest(rule);
    for (let second = 0; second < 1_000; second += 1) {
      const steps = [0];
      quest.advance([{ eventId: `e-${second}`, completedAt: new Date(second * 1000), steps }]);
    }
    expect(quest.state.head).toMatchObject({
      events: 1_000,
      open: [{ eventId: 'e-998' }, { eventId: 'e-999' }],
    });
  });
});
