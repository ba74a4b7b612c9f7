import { Counter } from 'prom-client';
import { assert } from '#shared/domain/assert.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type {
  RefundOutcome,
  RefundRequest,
  RefundStore,
} from '#shared/stores/postgres/refund-store.ts';
import type { Tenant } from '#shared/stores/postgres/tenant-store.ts';
import { settleRefund } from './settle-refund.ts';

const refundsTotal = new Counter({
  name: 'guerdon_refunds_total',
  help: 'Refunds by outcome: applied, replayed, waiting for their order, refused, in conflict with what stands',
  labelNames: ['outcome'] as const,
});

/** What refunds need. */
export type RefundDependencies = Readonly<{ refunds: RefundStore; clock: Clock; log: Logger }>;

/** Applies a refund to every program that paid its order, or leaves it waiting for the order. */
export const applyRefund = async (
  { refunds, clock, log }: RefundDependencies,
  refund: RefundRequest,
  { programs, timeZone }: Tenant,
): Promise<RefundOutcome<Fact>> => {
  const now = clock();
  const names = programs.map(({ program }) => program);
  const outcome = await refunds.apply<Fact>(refund, names, (view, applied) => {
    const program = programs.find((candidate) => candidate.program === view.key.program);
    assert(program, `program ${view.key.program} was asked for`);
    return settleRefund(view, { earning: { program, timeZone }, refund: applied, now });
  });
  refundsTotal.inc({ outcome: outcome.kind });
  // A refund that waited has no delivery any more that could be refused: the log and its row tell.
  if (outcome.kind === 'refused') log.warn({ refund, reason: outcome.reason }, outcome.detail);
  return outcome;
};
