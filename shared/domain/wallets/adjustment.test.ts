import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lot } from '../ledger/lot.ts';
import { emptyEverlastingLot, everlastingLotId, spendable } from '../ledger/lots.ts';
import { type Adjustment, decideAdjustment } from './adjustment.ts';

const now = new Date('2026-11-21T10:00:00Z');
const june = new Date('2027-06-01T00:00:00Z');
const adjustment: Adjustment = {
  adjustmentId: 'a-1',
  wallet: { tenantId: 't', customerId: 'c-1', program: 'points' },
  points: 5,
  reason: 'sorry',
  by: 'ann',
  lot: { lotId: everlastingLotId },
  allowNegative: false,
  cause: '/test 1',
};
const lotsOf = (expiring: number, everlasting: number): readonly Lot[] => [
  { ...emptyEverlastingLot, lotId: 'june', points: expiring, expiresAt: june },
  { ...emptyEverlastingLot, points: everlasting },
];

describe('decideAdjustment', () => {
  it('credits points to the lot that is named, with who and why', () => {
    const lot = { lotId: 'june', expiresAt: june };
    expect(decideAdjustment({ ...adjustment, lot }, { lots: [], now })).toMatchObject({
      kind: 'adjust',
      entries: [
        { causeId: 'a-1', points: 5, lotId: 'june', expiresAt: june, reason: 'ann: sorry' },
      ],
    });
  });

  it('debits exactly its points, and from no lot with a row more than it has', () => {
    const held = fc.nat(50);
    const owed = fc.integer({ min: -50, max: 50 });
    const points = fc.integer({ min: -120, max: -1 });
    fc.assert(
      fc.property(
        held,
        owed,
        points,
        fc.boolean(),
        (expiring, everlasting, taken, allowNegative) => {
          const lots = lotsOf(expiring, everlasting);
          const decision = decideAdjustment(
            { ...adjustment, points: taken, allowNegative },
            { lots, now },
          );
          const isHeld = -taken <= spendable(lots, now);
          expect(decision.kind).toBe(isHeld || allowNegative ? 'adjust' : 'refused');
          if (decision.kind === 'refused') return;
          expect(decision.entries.reduce((sum, entry) => sum + entry.points, 0)).toBe(taken);
          const fromJune = decision.entries.find(({ lotId }) => lotId === 'june')?.points ?? 0;
          expect(-fromJune).toBeLessThanOrEqual(expiring);
          expect(new Set(decision.entries.map(({ lotId }) => lotId)).size).toBe(
            decision.entries.length,
          );
          expect(decision.entries.every((entry) => entry.points < 0)).toBe(true);
        },
      ),
    );
  });
});
