import { describe, expect, it } from 'vitest';
import type { Lot } from '../ledger/lot.ts';
import { emptyEverlastingLot } from '../ledger/lots.ts';
import { decideReturn, type GivenPoints } from './return-points.ts';

const now = new Date('2026-11-21T10:00:00Z');
const soon = new Date('2026-12-01T00:00:00Z');
const later = new Date('2027-12-01T00:00:00Z');
const past = new Date('2026-11-01T00:00:00Z');
const from = { tenantId: 'acme', customerId: 'a', program: 'points' };

const lot = (lotId: string, points: number, expiresAt?: Date): Lot => ({
  ...emptyEverlastingLot,
  ...(expiresAt && { lotId, expiresAt }),
  points,
});
const decide = (given: readonly GivenPoints[], lots: readonly Lot[]) => {
  const { entries, shortfall } = decideReturn(
    { returnId: 'r', from, to: 'b', given, reason: 'unmerged', cause: 'test' },
    { lots, now, lotIdOf: (_wallet, expiresAt) => `b ${expiresAt?.getTime() ?? 'never'}` },
  );
  const shown = entries.map(({ customerId, causeId, points, expiresAt }) => [
    ...[customerId, causeId, points],
    expiresAt,
  ]);
  return { shown, shortfall };
};

describe('decideReturn', () => {
  it('returns each point with its expiry, from the lot of the same expiry', () => {
    const given = [
      { expiresAt: soon, points: 10 },
      { expiresAt: undefined, points: 5 },
    ];
    expect(decide(given, [lot('s', 30, soon), lot('', 7)])).toEqual({
      shown: [
        ['a', 'r', -5, undefined],
        ['b', 'r in', 5, undefined],
        ['a', 'r 2', -10, soon],
        ['b', 'r in 2', 10, soon],
      ],
      shortfall: 0,
    });
  });

  it('takes other points where those of the same expiry were spent', () => {
    const given = [{ expiresAt: soon, points: 10 }];
    expect(decide(given, [lot('s', 4, soon), lot('', 7)]).shown).toEqual([
      ['a', 'r', -4, soon],
      ['b', 'r in', 4, soon],
      ['a', 'r 2', -6, undefined],
      ['b', 'r in 2', 6, soon],
    ]);
  });

  it('returns what there is, those that expire last first, and reports what is missing', () => {
    const given = [
      { expiresAt: soon, points: 10 },
      { expiresAt: later, points: 10 },
    ];
    expect(decide(given, [lot('s', 4, soon), lot('l', 8, later)])).toEqual({
      shown: [
        ['a', 'r', -8, later],
        ['b', 'r in', 8, later],
        ['a', 'r 2', -2, soon],
        ['b', 'r in 2', 2, soon],
        ['a', 'r 3', -2, soon],
        ['b', 'r in 3', 2, later],
      ],
      shortfall: 8,
    });
  });

  it('returns nothing that has expired, is reserved or owed', () => {
    expect(decide([{ expiresAt: past, points: 10 }], [lot('', 50)])).toEqual({
      shown: [],
      shortfall: 0,
    });
    const reserved = { ...lot('s', 10, soon), reserved: 6 };
    const owing = [reserved, lot('', -3)];
    const { shown, shortfall } = decide([{ expiresAt: soon, points: 10 }], owing);
    expect(shown).toEqual([
      ['a', 'r', -1, soon],
      ['b', 'r in', 1, soon],
    ]);
    expect(shortfall).toBe(9);
  });
});
