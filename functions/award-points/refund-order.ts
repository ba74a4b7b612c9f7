import { Counter } from 'prom-client';
import type { RefundRequest } from '#shared/domain/earning/refunds/refund.ts';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { causeOf, correlationOf } from '#shared/eventing/cloud-event.ts';
import type { Refund } from '#shared/eventing/contracts/orders.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { type Delivery, instantOf } from '#shared/runtime/events/event-handler.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type {
  RefundKey,
  RefundOutcome,
  RefundStore,
} from '#shared/stores/postgres/earning/refund-store.ts';
import { activeTenant } from '#shared/stores/postgres/tenants/active-tenant.ts';
import type { Tenant, TenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import {
  type GuardedBalanceCache,
  writeWithBoards,
} from '#shared/stores/redis/balances/balance-cache.ts';
import { settledEvents } from './pay-together.ts';

const refundsTotal = new Counter({
  name: 'guerdon_refunds_total',
  help: 'Refunds by outcome: applied, replayed, waiting for their order, refused, or in conflict with the recorded refund',
  labelNames: ['outcome'] as const,
});

/** What applying refunds needs. */
export type RefundDependencies = Readonly<{
  refunds: RefundStore;
  clock: Clock;
  log: Logger;
  /** How many orders apart the states are kept from which late orders and refunds are rated. */
  ordersPerCheckpoint?: number | undefined;
}>;

type Dependencies = RefundDependencies &
  Readonly<{ tenants: TenantStore; balances: Pick<GuardedBalanceCache, 'writeThrough'> }>;

/** Reverses the points of a refund, or records the refund until its order arrives. */
export const refundOrder = async (
  dependencies: Dependencies,
  delivery: Delivery<Refund>,
): Promise<readonly DomainEvent[]> => {
  const { tenants, balances } = dependencies;
  const tenant = await activeTenant(tenants, delivery.data.tenantId);
  const refund = toRequest(dependencies, delivery);
  await recordRefund(dependencies, refund);
  const outcome = await applyRefund(dependencies, refund, tenant);
  switch (outcome.kind) {
    case 'applied':
      await writeWithBoards({ tenants, cache: balances }, outcome.balances);
      return outcome.domainEvents;
    case 'refused':
      throw new InvalidEvent(outcome.reason, outcome.detail);
    default:
      return [];
  }
};

const toRequest = ({ clock }: Dependencies, delivery: Delivery<Refund>): RefundRequest => {
  const { tenantId, refundId, orderId, amountMinor, lines, currency } = delivery.data;
  const refundedAt = instantOf(delivery.data.refundedAt, delivery, clock());
  if (refundedAt instanceof InvalidEvent) throw refundedAt;
  const origin = { cause: causeOf(delivery.event), correlation: correlationOf(delivery.event) };
  return { tenantId, refundId, orderId, amountMinor, lines, currency, refundedAt, ...origin };
};

/** @throws InvalidEvent when the refund's id was used for a refund with another content. */
const recordRefund = async ({ refunds }: Dependencies, refund: RefundRequest): Promise<void> => {
  const field = await refunds.record(refund);
  if (field === undefined) return;
  refundsTotal.inc({ outcome: 'conflict' });
  const detail = `Refund ${refund.refundId} was already recorded with a different ${field}`;
  throw new InvalidEvent('refund-conflict', detail);
};

/**
 * Applies a recorded refund in every program that paid its order, or leaves it waiting for the
 * order.
 * @throws Unavailable when this process has not loaded a program or rule version yet that paid the
 * order.
 */
export const applyRefund = async (
  { refunds, clock, log, ordersPerCheckpoint }: RefundDependencies,
  refund: RefundKey,
  { programs, timeZone }: Tenant,
): Promise<RefundOutcome<DomainEvent>> => {
  const terms = { programs, timeZone, now: clock(), ordersPerCheckpoint };
  const outcome = await refunds.apply(refund, terms, settledEvents);
  refundsTotal.inc({ outcome: outcome.kind });
  // A refund that waited has no delivery that could be refused; the log and its row show the
  // refusal.
  if (outcome.kind === 'refused') log.warn({ refund, reason: outcome.reason }, outcome.detail);
  return outcome;
};
