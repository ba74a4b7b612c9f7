import { assert } from '#shared/domain/assert.ts';
import { rateAlone } from '#shared/domain/earning/rate-alone.ts';
import type { Earning } from '#shared/domain/earning/tier-standing.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { earnEntry } from './earn-entry.ts';
import { type PaidOrder, toEarningOrder } from './paid-order.ts';

/** The EARN of an order in a program that judges it alone. */
export const earnAlone = (order: PaidOrder, earning: Earning): LedgerEntry => {
  const judgement = rateAlone(earning.program, toEarningOrder(order, []));
  assert(judgement.kind === 'rated', `there is a rule for order ${order.orderId}`);
  return earnEntry(order, earning, judgement.rating);
};
