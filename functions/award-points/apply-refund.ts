import { Counter } from 'prom-client';
import type { Earning } from '#shared/domain/earning/tier-standing.ts';
import { InvalidEvent, Unavailable } from '#shared/domain/errors.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { RefundRequest } from '#shared/stores/postgres/earning/refund-rows.ts';
import type {
  RefundKey,
  RefundOutcome,
  RefundStore,
} from '#shared/stores/postgres/earning/refund-store.ts';
import type { AccountKey } from '#shared/stores/postgres/ledger/hold-accounts.ts';
import type { Tenant } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { isJudgedAlone } from './settle-orders.ts';
import { settleRefund } from './settle-refund.ts';

const refundsTotal = new Counter({
  name: 'guerdon_refunds_total',
  help: 'Refunds by outcome: applied, replayed, waiting for their order, refused, in conflict with what stands',
  labelNames: ['outcome'] as const,
});

/** What refunds need. */
export type RefundDependencies = Readonly<{
  refunds: RefundStore;
  clock: Clock;
  log: Logger;
  /** How many orders apart the states are kept that late orders and refunds are judged from. */
  ordersPerCheckpoint?: number | undefined;
}>;

/** Records a refund. @throws InvalidEvent when its id was used for a refund with another content. */
export const recordRefund = async (
  { refunds }: RefundDependencies,
  refund: RefundRequest,
): Promise<void> => {
  const field = await refunds.record(refund);
  if (field === undefined) return;
  refundsTotal.inc({ outcome: 'conflict' });
  const detail = `Refund ${refund.refundId} was already recorded with a different ${field}`;
  throw new InvalidEvent('refund-conflict', detail);
};

/**
 * Applies a recorded refund in every program that paid its order, or leaves it waiting for the order.
 * @throws Unavailable when this process has not loaded a program or rule version yet that paid the order.
 */
export const applyRefund = async (
  { refunds, clock, log, ordersPerCheckpoint }: RefundDependencies,
  refund: RefundKey,
  { programs, timeZone }: Tenant,
): Promise<RefundOutcome<Fact>> => {
  const now = clock();
  const earningOf = ({ program: name }: AccountKey): Earning => {
    const program = programs.find((candidate) => candidate.program === name);
    if (program === undefined) throw new Unavailable('self', `Program ${name} is not loaded yet`);
    return { program, timeZone };
  };
  const outcome = await refunds.apply<Fact>(refund, {
    needsHistory: (key, held) => !isJudgedAlone(earningOf(key), held),
    decide: (view, applied) => {
      const earning = earningOf(view.key);
      return settleRefund(view, { earning, refund: applied, now, ordersPerCheckpoint });
    },
  });
  refundsTotal.inc({ outcome: outcome.kind });
  // A refund that waited has no delivery any more that could be refused: the log and its row tell.
  if (outcome.kind === 'refused') log.warn({ refund, reason: outcome.reason }, outcome.detail);
  return outcome;
};
