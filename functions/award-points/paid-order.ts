import type { Correlation } from '#shared/domain/correlation.ts';
import { cohortsAt, type Membership } from '#shared/domain/earning/cohorts-at.ts';
import type { EarningOrder } from '#shared/domain/earning/earning-order.ts';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { hasMinorUnits } from '#shared/domain/money/minor-units.ts';
import type { Order } from '#shared/eventing/contracts/order-placed.ts';
import { causeOf } from '#shared/runtime/cause-of.ts';
import { correlationOf } from '#shared/runtime/correlation.ts';
import type { Delivery } from '#shared/runtime/events/event-handler.ts';
import { instantOf } from '#shared/runtime/events/instant-of.ts';
import { unknownTenant } from '#shared/stores/postgres/tenants/active-tenant.ts';
import type { Tenant } from '#shared/stores/postgres/tenants/tenant-store.ts';

/** An order of an active tenant, with its place in time and what brought it. */
export type PaidOrder = Readonly<{
  tenantId: string;
  customerId: string;
  orderId: string;
  amountMinor: number;
  currency: string;
  placedAt: Date;
  /** CloudEvents source, a blank, id. */
  cause: string;
  correlation: Correlation;
}>;

/** Whose order it is and when it was placed, or why it is refused for good. */
export const toPaidOrder = (
  delivery: Delivery<Order>,
  tenant: Tenant | undefined,
  now: Date,
): PaidOrder | InvalidEvent => {
  const { tenantId, orderId, customerId, amountMinor } = delivery.data;
  if (tenant?.status !== 'ACTIVE') return unknownTenant(tenantId);
  const { currency = tenant.currency } = delivery.data;
  if (delivery.data.currency === undefined && !hasMinorUnits(currency)) {
    const detail = `Order ${orderId} needs a currency: the tenant's, ${currency}, has no minor units`;
    return new InvalidEvent('no-currency', detail);
  }
  const placedAt = instantOf(delivery.data.placedAt, delivery, now);
  if (placedAt instanceof InvalidEvent) return placedAt;
  const origin = { cause: causeOf(delivery), correlation: correlationOf(delivery.event) };
  return { tenantId, customerId, orderId, amountMinor, currency, placedAt, ...origin };
};

/** The order as the earning rules see it. */
export const toEarningOrder = (
  {
    orderId,
    placedAt,
    amountMinor,
    currency,
  }: Pick<PaidOrder, 'orderId' | 'placedAt' | 'amountMinor' | 'currency'>,
  memberships: readonly Membership[],
): EarningOrder => ({
  orderId,
  placedAt,
  amountMinor,
  currency,
  cohorts: cohortsAt(memberships, placedAt),
});
