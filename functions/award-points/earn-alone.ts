import { assert } from '#shared/domain/assert.ts';
import type { LedgerEntry } from '#shared/domain/points/ledger-entry.ts';
import { rateAlone } from '#shared/domain/points/rate-alone.ts';
import type { Earning } from '#shared/domain/points/tier-standing.ts';
import { earnEntry } from './earn-entry.ts';
import { type PaidOrder, toEarningOrder } from './paid-order.ts';

/** The EARN of an order in a program that judges it alone. */
export const earnAlone = (order: PaidOrder, earning: Earning): LedgerEntry => {
  const judgement = rateAlone(earning.program, toEarningOrder(order, []));
  assert(judgement.kind === 'rated', `there is a rule for order ${order.orderId}`);
  return earnEntry(order, earning, judgement.rating);
};
