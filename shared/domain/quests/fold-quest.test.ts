import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QuestRule } from '../campaigns/campaign.ts';
import { foldQuest, type QuestStepEvent } from './fold-quest.ts';

const start = new Date('2026-11-21T00:00:00Z').getTime();

/**
 * An event so many seconds after the start that met these steps, with one row for each as the store
 * has them.
 */
const at = (
  eventId: string,
  seconds: number,
  ...steps: readonly number[]
): readonly QuestStepEvent[] =>
  steps.map((step) => ({ eventId, step, completedAt: new Date(start + seconds * 1000) }));

const rule = (
  order: QuestRule['order'],
  counts: readonly number[],
  withinSeconds?: number,
): QuestRule => ({
  order,
  steps: counts.map((count, index) => ({ name: `step ${index}`, action: 'WALK', count })),
  withinSeconds,
});

/** The events of each completion. */
const completions = (quest: QuestRule, ...rows: readonly (readonly QuestStepEvent[])[]) =>
  foldQuest(quest, rows.flat()).completions.map(({ events }) => events);

describe('foldQuest', () => {
  it('finds ordered steps in event time, whatever the order of arrival', () => {
    const [a, b, c] = [at('a', 0, 0), at('b', 5, 1), at('c', 9, 2)];
    const quest = rule('ordered', [1, 1, 1]);
    expect(foldQuest(quest, [...c, ...a, ...b]).completions).toEqual([
      {
        events: ['a', 'b', 'c'],
        startedAt: new Date(start),
        endedAt: new Date(start + 9_000),
        lastEventId: 'c',
      },
    ]);
    expect(completions(quest, at('a', 5, 0), at('b', 0, 1), c)).toEqual([]);
  });

  it('begins again only after the completion before has ended', () => {
    const quest = rule('ordered', [1, 1]);
    const rows = [
      at('a', 0, 0),
      at('b', 1, 0),
      at('c', 2, 1),
      at('d', 3, 1),
      at('e', 4, 0),
      at('f', 5, 1),
    ];
    expect(completions(quest, ...rows)).toEqual([
      ['b', 'c'],
      ['e', 'f'],
    ]);
  });

  it('takes an event for one ordered step at most, and in any order for each that it meets', () => {
    const both = at('a', 0, 0, 1);
    expect(completions(rule('ordered', [1, 1]), both)).toEqual([]);
    expect(completions(rule('ordered', [1, 1]), both, at('b', 1, 0, 1))).toEqual([['a', 'b']]);
    expect(completions(rule('any', [1, 1]), both)).toEqual([['a']]);
  });

  it('takes as many events for a step as its count', () => {
    const three = [at('a', 0, 0), at('b', 1, 0), at('c', 2, 0)];
    for (const order of ['ordered', 'any'] as const) {
      expect(completions(rule(order, [3]), ...three.slice(1))).toEqual([]);
      expect(completions(rule(order, [3]), ...three)).toEqual([['a', 'b', 'c']]);
      expect(completions(rule(order, [2, 1]), ...three, at('d', 3, 1))).toEqual([['b', 'c', 'd']]);
    }
  });

  it('counts the same row twice as one', () => {
    const row = at('a', 0, 0);
    expect(completions(rule('ordered', [2]), row, row)).toEqual([]);
    expect(completions(rule('any', [2]), row, row)).toEqual([]);
  });

  it('orders events of one instant by their ids', () => {
    const quest = rule('ordered', [1, 1]);
    expect(completions(quest, at('b', 0, 1), at('a', 0, 0))).toEqual([['a', 'b']]);
    expect(completions(quest, at('b', 0, 0), at('a', 0, 1))).toEqual([]);
  });

  it.each(['ordered', 'any'] as const)(
    'counts up to the last millisecond of the time limit: %s',
    (order) => {
      const quest = rule(order, [1, 1], 60);
      expect(completions(quest, at('a', 0, 0), at('b', 60, 1))).toEqual([['a', 'b']]);
      expect(completions(quest, at('a', 0, 0), at('b', 60.001, 1))).toEqual([]);
    },
  );

  it('begins as late as it can, so that an early start does not expire it', () => {
    const rows = [at('a', 0, 0), at('b', 50, 0), at('c', 70, 1), at('d', 100, 2)];
    expect(completions(rule('ordered', [1, 1, 1], 60), ...rows)).toEqual([['b', 'c', 'd']]);
    expect(completions(rule('any', [1, 1, 1], 60), ...rows)).toEqual([['b', 'c', 'd']]);
  });

  it('is completed by a late event as often as it would have been in time', () => {
    const quest = rule('ordered', [1, 1]);
    const heard = [at('c', 3, 0), at('d', 4, 1)];
    expect(completions(quest, ...heard, at('b', 2, 1))).toEqual([['c', 'd']]);
    expect(completions(quest, ...heard, at('b', 2, 1), at('a', 1, 0))).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
  });

  it('returns the progress of the current attempt', () => {
    const rows = [at('a', 0, 0), at('b', 10, 1), at('c', 20, 0), at('d', 30, 0), at('e', 40, 1)];
    const ordered = foldQuest(rule('ordered', [1, 1, 2]), [...rows.flat(), ...at('f', 50, 2)]);
    expect(ordered.completions).toEqual([]);
    expect(ordered.open).toEqual({
      done: [1, 1, 1],
      events: ['d', 'e', 'f'],
      startedAt: new Date(start + 30_000),
    });
    const any = foldQuest(rule('any', [2, 1]), rows.flat());
    expect(any.completions.map(({ events }) => events)).toEqual([['a', 'b', 'c']]);
    expect(any.open).toEqual({
      done: [1, 1],
      events: ['d', 'e'],
      startedAt: new Date(start + 30_000),
    });
    expect(foldQuest(rule('any', [2, 1]), []).open).toEqual({
      done: [0, 0],
      events: [],
      startedAt: undefined,
    });
  });

  it.each(['ordered', 'any'] as const)('forgets what is too long ago to count: %s', (order) => {
    const quest = rule(order, [1, 2], 60);
    const open = (...rows: readonly (readonly QuestStepEvent[])[]) =>
      foldQuest(quest, rows.flat()).open;
    expect(open(at('a', 0, 0), at('b', 60, 1)).done).toEqual([1, 1]);
    expect(open(at('a', 0, 0), at('b', 60, 1), at('c', 61, 0)).done).toEqual(
      order === 'any' ? [1, 1] : [1, 0],
    );
  });
});

const anyRule = fc
  .record({
    order: fc.constantFrom('ordered' as const, 'any' as const),
    counts: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: 1, maxLength: 3 }),
    withinSeconds: fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
  })
  .map(({ order, counts, withinSeconds }) => rule(order, counts, withinSeconds));

/** Few instants, so that many events share one. */
const someEvents = (max: number) =>
  fc
    .array(
      fc.record({
        seconds: fc.nat(12),
        steps: fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 3 }),
      }),
      { maxLength: max },
    )
    .map((events) =>
      events.map(({ seconds, steps }, index) => at(`e-${index}`, seconds, ...steps)),
    );

describe('foldQuest of any rule', () => {
  it('is the same for every permutation of its rows', () => {
    const permuted = someEvents(14).chain((events) => {
      const rows = events.flat();
      return fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length }));
    });
    fc.assert(
      fc.property(anyRule, permuted, (quest, [rows, shuffled]) => {
        expect(foldQuest(quest, shuffled)).toEqual(foldQuest(quest, rows));
      }),
      { numRuns: 500 },
    );
  });

  it('is done no less often after one more event', () => {
    fc.assert(
      fc.property(anyRule, someEvents(14), (quest, events) => {
        const counts = events.map(
          (_event, index) => foldQuest(quest, events.slice(0, index + 1).flat()).completions.length,
        );
        expect(counts).toEqual(counts.toSorted((a, b) => a - b));
      }),
      { numRuns: 500 },
    );
  });

  it('is done as often as is possible at all, and each time by events that do it', () => {
    let most = 0;
    fc.assert(
      fc.property(anyRule, someEvents(8), (quest, events) => {
        const sorted = events.toSorted((a, b) => placeOf(a) - placeOf(b));
        const fold = foldQuest(quest, events.flat());
        expect(fold.completions.length).toBe(mostOften(quest, sorted));
        most = Math.max(most, fold.completions.length);
        const places = new Map(sorted.map((rows, place) => [rows[0]!.eventId, { rows, place }]));
        const used = fold.completions.map((completion) =>
          completion.events.map((eventId) => places.get(eventId)!),
        );
        expect(
          used.every((each) =>
            isDoneBy(
              quest,
              each.map(({ rows }) => rows),
            ),
          ),
        ).toBe(true);
        const inTurn = used.flat().map(({ place }) => place);
        expect(inTurn).toEqual([...new Set(inTurn)].toSorted((a, b) => a - b));
      }),
      { numRuns: 1_500 },
    );
    expect(most).toBeGreaterThan(2);
  });
});

type Rows = readonly QuestStepEvent[];

/** Events of these tests are at most ten, so their ids are as their indices. */
const placeOf = (rows: Rows): number =>
  rows[0]!.completedAt.getTime() * 100 + Number(rows[0]!.eventId.slice(2));

/**
 * By trying every beginning and every end of the first completion, and whether it is there at all.
 */
const mostOften = (quest: QuestRule, events: readonly Rows[]): number => {
  const stretches = events.flatMap((_first, from) =>
    events.slice(from).map((_last, length) => ({ from, to: from + length + 1 })),
  );
  const tries = stretches
    .filter(({ from, to }) => isDoneBy(quest, events.slice(from, to)))
    .map(({ to }) => 1 + mostOften(quest, events.slice(to)));
  return Math.max(0, ...tries);
};

/**
 * Whether a stretch of events, its first and last among those of the time limit, does the quest.
 */
const isDoneBy = ({ order, steps, withinSeconds }: QuestRule, events: readonly Rows[]): boolean => {
  const times = events.map((rows) => rows[0]!.completedAt.getTime());
  const lastsMs = Math.max(...times) - Math.min(...times);
  if (withinSeconds !== undefined && lastsMs > withinSeconds * 1000) return false;
  const met = events.map((rows) => new Set(rows.map(({ step }) => step)));
  if (order === 'any') {
    return steps.every(({ count }, step) => met.filter((all) => all.has(step)).length >= count);
  }
  return canFollow(
    steps.flatMap(({ count }, step) => Array.from({ length: count }, () => step)),
    met,
  );
};

/** Whether the slots can be done one after the other, by taking each event or leaving it. */
const canFollow = (slots: readonly number[], met: readonly ReadonlySet<number>[]): boolean => {
  const [slot] = slots;
  const [event] = met;
  if (slot === undefined) return true;
  if (event === undefined) return false;
  return (
    canFollow(slots, met.slice(1)) || (event.has(slot) && canFollow(slots.slice(1), met.slice(1)))
  );
};
