import fc from 'fast-check';
import { expect, it } from 'vitest';
import { earningProgram, earningRule } from '#shared/testing/worlds/earning.ts';
import type { Lot } from '../../ledger/lot.ts';
import { canGive } from '../../ledger/lots.ts';
import type { RefundPolicy } from '../rating/earning-rule.ts';
import { type Correction, correctOrders, debitsOf } from './correction.ts';

const now = new Date('2026-06-03T00:00:00Z');
const key = { tenantId: 'default', customerId: 'c-1', program: 'points' };
const lotIds = ['lot-1', 'lot-2', 'lot-3'];
const occasion = { name: 'order o-9', cause: '/test', correlation: {}, occurredAt: now };

const anyLot: fc.Arbitrary<Lot> = fc.record({
  lotId: fc.constantFrom(...lotIds),
  account: fc.constantFrom('available', 'pending'),
  points: fc.integer({ min: 0, max: 20 }),
  reserved: fc.integer({ min: 0, max: 5 }),
  expired: fc.integer({ min: 0, max: 5 }),
  expiresAt: fc.constantFrom(new Date('2026-06-01T00:00:00Z'), new Date('2026-07-01T00:00:00Z')),
});

const anyCorrection = fc.record({
  lotId: fc.constantFrom('lot-1', 'lot-2'),
  points: fc.integer({ min: -12, max: 12 }),
});

const toCorrection = ({ lotId, points }: { lotId: string; points: number }, index: number) => {
  const order = {
    ...{ orderId: `o-${index}`, placedAt: now, amountMinor: 1, currency: 'INR', paid: 20 },
    ...{ ruleVersion: 1, lotId, expiresAt: undefined },
  };
  return { order, points, kind: 'REVISE', causeId: `${index}`, occasion } as Correction;
};

it('corrects orders by the lots that they were paid into as by all lots, where those can give all', () => {
  const policies: readonly RefundPolicy[] = ['within-balance', 'unlimited', 'only-pending'];
  let narrowed = 0;
  fc.assert(
    fc.property(
      fc.uniqueArray(anyLot, {
        selector: ({ lotId, account }) => `${lotId} ${account}`,
        maxLength: 6,
      }),
      fc.array(anyCorrection, { maxLength: 4 }),
      fc.constantFrom(...policies),
      (lots, changes, refundPolicy) => {
        const corrections = changes.map(toCorrection);
        const debits = debitsOf(corrections);
        const own = lots.filter(({ lotId }) => debits.some((debit) => debit.lotId === lotId));
        if (!canGive(own, { debits, now })) return;
        narrowed += 1;
        const program = earningProgram([earningRule({ refundPolicy })]);
        const wallet = { key, earning: { program, timeZone: 'Asia/Kolkata' }, now };
        expect(correctOrders({ ...wallet, lots: own }, corrections)).toEqual(
          correctOrders({ ...wallet, lots }, corrections),
        );
      },
    ),
  );
  expect(narrowed).toBeGreaterThan(10);
});
