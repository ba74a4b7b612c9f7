import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Lot } from '../ledger/lot.ts';
import { emptyEverlastingLot, spendable } from '../ledger/lots.ts';
import { decideTransfer, type Transfer } from './transfer.ts';

const now = new Date('2026-11-21T10:00:00Z');
const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000);
const transfer: Transfer = {
  transferId: 't-1',
  from: { tenantId: 't', customerId: 'c-1', program: 'points' },
  to: 'c-2',
  points: 30,
  reference: 'a gift',
  cause: '/test 1',
};
const lotIdOf = ({ customerId }: { customerId: string }, expiresAt: Date | undefined) =>
  `${customerId} ${expiresAt?.toISOString() ?? 'never'}`;

const someLots: fc.Arbitrary<readonly Lot[]> = fc
  .tuple(
    fc.array(fc.tuple(fc.integer({ min: -2, max: 9 }), fc.nat(40)), { maxLength: 6 }),
    fc.nat(60),
  )
  .map(([expiring, points]) => [
    ...expiring.map(([days, held], index) => ({
      lotId: `lot-${index}`,
      account: 'available' as const,
      points: held,
      reserved: 0,
      expired: 0,
      expiresAt: inDays(days),
    })),
    { ...emptyEverlastingLot, points },
  ]);

describe('decideTransfer', () => {
  it('gives on one side what it takes on the other, lot by lot, with the same expiry', () => {
    fc.assert(
      fc.property(someLots, fc.integer({ min: 1, max: 120 }), (lots, points) => {
        const decision = decideTransfer({ ...transfer, points }, { lots, now, lotIdOf });
        if (decision.kind === 'refused') {
          expect(decision.reason).toBe('insufficient-points');
          expect(points).toBeGreaterThan(spendable(lots, now));
          return;
        }
        const given = decision.entries.filter(({ customerId }) => customerId === 'c-1');
        const got = decision.entries.filter(({ customerId }) => customerId === 'c-2');
        expect(given.reduce((sum, entry) => sum - entry.points, 0)).toBe(points);
        expect(got.map((entry) => [entry.points, entry.expiresAt])).toEqual(
          given.map((entry) => [-entry.points, entry.expiresAt]),
        );
        for (const entry of got) expect(entry.lotId).toBe(lotIdOf(entry, entry.expiresAt));
        const keys = new Set(decision.entries.map(({ causeId }) => causeId));
        expect(keys.size).toBe(decision.entries.length);
      }),
    );
  });

  it('names the other customer and the reason on both sides', () => {
    const lots = [{ ...emptyEverlastingLot, points: 30 }];
    expect(decideTransfer(transfer, { lots, now, lotIdOf })).toMatchObject({
      entries: [
        { customerId: 'c-1', causeId: 't-1', points: -30, reason: 'to c-2: a gift' },
        { customerId: 'c-2', causeId: 't-1 in', points: 30, reason: 'from c-1: a gift' },
      ],
    });
  });

  it('refuses oneself', () => {
    const lots = [{ ...emptyEverlastingLot, points: 30 }];
    const decision = decideTransfer({ ...transfer, to: 'c-1' }, { lots, now, lotIdOf });
    expect(decision).toMatchObject({ kind: 'refused', reason: 'self-transfer' });
  });
});
