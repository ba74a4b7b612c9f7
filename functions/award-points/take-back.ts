import { InvalidEvent } from '#shared/domain/errors.ts';
import { type Refund } from '#shared/eventing/contracts/orders.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import { causeOf } from '#shared/runtime/cause-of.ts';
import { correlationOf } from '#shared/runtime/correlation.ts';
import type { Delivery } from '#shared/runtime/events/event-handler.ts';
import { instantOf } from '#shared/runtime/events/instant-of.ts';
import type { RefundRequest } from '#shared/stores/postgres/earning/refund-rows.ts';
import { activeTenant } from '#shared/stores/postgres/tenants/active-tenant.ts';
import type { TenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import type { GuardedBalanceCache } from '#shared/stores/redis/guarded-balance-cache.ts';
import { applyRefund, type RefundDependencies, recordRefund } from './apply-refund.ts';

/** What taking back needs. */
export type TakeBackDependencies = RefundDependencies &
  Readonly<{ tenants: TenantStore; balances: Pick<GuardedBalanceCache, 'writeThrough'> }>;

/** Takes back what a refund leaves unearned, or remembers the refund until its order comes. */
export const takeBack = async (
  dependencies: TakeBackDependencies,
  delivery: Delivery<Refund>,
): Promise<readonly Fact[]> => {
  const { tenants, balances } = dependencies;
  const tenant = await activeTenant(tenants, delivery.data.tenantId);
  const refund = toRequest(dependencies, delivery);
  await recordRefund(dependencies, refund);
  const outcome = await applyRefund(dependencies, refund, tenant);
  switch (outcome.kind) {
    case 'applied':
      await balances.writeThrough(outcome.balances, () => tenant.boards);
      return outcome.facts;
    case 'refused':
      throw new InvalidEvent(outcome.reason, outcome.detail);
    default:
      return [];
  }
};

const toRequest = ({ clock }: TakeBackDependencies, delivery: Delivery<Refund>): RefundRequest => {
  const { tenantId, refundId, orderId, amountMinor, lines, currency } = delivery.data;
  const refundedAt = instantOf(delivery.data.refundedAt, delivery, clock());
  if (refundedAt instanceof InvalidEvent) throw refundedAt;
  const origin = { cause: causeOf(delivery), correlation: correlationOf(delivery.event) };
  return { tenantId, refundId, orderId, amountMinor, lines, currency, refundedAt, ...origin };
};
