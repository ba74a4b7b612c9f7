import { describe, expect, it } from 'vitest';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { applyRefund, type EarlierRefunds, type RefundRequest } from './refund.ts';

const order = { ...earnEntry(), amountMinor: 1_000, currency: 'INR' };
const none: EarlierRefunds = { minor: 0, line: undefined };

const apply = (fields: Partial<RefundRequest>, earlier = none, currency = 'INR') =>
  applyRefund(
    {
      ...{ tenantId: 'default', refundId: 'r-1', orderId: 'o-1', cause: '/test 1' },
      ...{ refundedAt: new Date(0), ...fields },
    },
    { ...order, currency },
    earlier,
  );

describe('applyRefund', () => {
  it.each([
    ['its amount', { amountMinor: 300 }, 0, 300],
    ['whatever is left where it names none', {}, 400, 600],
    ['the last that is left', { amountMinor: 600 }, 400, 600],
  ])('takes off the order %s', (_what, fields, minor, appliedMinor) => {
    expect(apply(fields, { ...none, minor })).toMatchObject({ refundId: 'r-1', appliedMinor });
  });

  it.each([
    ['more than is left', { amountMinor: 601 }, { minor: 400 }, 'refund-exceeds-order'],
    ['a line again', { amountMinor: 1 }, { line: 'l-1' }, 'line-refunded'],
    ['another currency', { currency: 'USD' }, {}, 'wrong-currency'],
  ])('refuses %s', (_what, fields, earlier, reason) => {
    expect(apply(fields, { ...none, ...earlier })).toMatchObject({ kind: 'refused', reason });
  });

  it('refuses an amount without a currency where the order has no minor units', () => {
    expect(apply({ amountMinor: 1 }, none, 'JPY')).toMatchObject({ reason: 'wrong-currency' });
  });
});
