import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { TiePolicy } from './board.ts';
import type { BoardEntry } from './board-entry.ts';
import { rankBoard } from './rank-board.ts';
import { rankSlice } from './rank-slice.ts';

const standing = (customerId: string, points: number, second = 0): BoardEntry => ({
  customerId,
  points,
  reachedAt: new Date(1_700_000_000_000 + second * 1000),
});

const board = [
  standing('ann', 10, 5),
  standing('bob', 30, 4),
  standing('cid', 20, 3),
  standing('dan', 20, 2),
  standing('eve', 20, 2),
];

describe('rankBoard', () => {
  it.each<[TiePolicy, string]>([
    ['competition', '1 bob, 2 eve, 2 dan, 2 cid, 5 ann'],
    ['dense', '1 bob, 2 eve, 2 dan, 2 cid, 3 ann'],
    ['ordinal', '1 bob, 2 eve, 3 dan, 4 cid, 5 ann'],
  ])('ranks ties under the %s policy', (tiePolicy, expected) => {
    const ranked = rankBoard(board, tiePolicy);
    expect(ranked.map(({ rank, customerId }) => `${rank} ${customerId}`).join(', ')).toBe(expected);
  });

  it('returns how many ranks each customer gained or lost since the previous board', () => {
    const before = rankBoard(
      [standing('ann', 10), standing('bob', 5), standing('cid', 1)],
      'competition',
    );
    const now = rankBoard(
      [standing('bob', 15), standing('ann', 10), standing('dan', 9), standing('cid', 1)],
      'competition',
      before,
    );
    expect(now.map(({ customerId, movement }) => [customerId, movement])).toEqual([
      ['bob', 1],
      ['ann', -1],
      ['dan', null],
      ['cid', -1],
    ]);
  });

  it('gives customers with equal points one percentile, the share of those with fewer points', () => {
    const percentiles = rankBoard(board, 'ordinal').map(({ percentile }) => percentile);
    expect(percentiles).toEqual([80, 20, 20, 20, 0]);
  });

  it('ranks an empty board', () => {
    expect(rankBoard([], 'competition')).toEqual([]);
  });
});

describe('rankSlice', () => {
  const anyPolicy = fc.constantFrom<TiePolicy>('competition', 'dense', 'ordinal');
  const anyBoard = fc
    .array(fc.tuple(fc.nat(4), fc.nat(3)), { minLength: 1, maxLength: 12 })
    .map((customers) =>
      customers.map(([points, second], index) => standing(`c-${index}`, points, second)),
    );

  it('ranks any slice exactly as the whole board', () => {
    fc.assert(
      fc.property(
        anyBoard,
        anyPolicy,
        fc.nat(12),
        fc.nat(12),
        (standings, tiePolicy, from, length) => {
          const whole = rankBoard(standings, tiePolicy);
          const part = whole.slice(from, from + length);
          const slice = {
            tiePolicy,
            customers: whole.length,
            position: from,
            firstRank: part[0]?.rank ?? 0,
            behind: whole.filter(({ points }) => points < (part.at(-1)?.points ?? 0)).length,
            rows: part.map(({ customerId, points }) => ({
              customerId,
              points,
              rankBefore: undefined,
            })),
          };
          expect(rankSlice(slice)).toEqual(part);
        },
      ),
    );
  });
});
