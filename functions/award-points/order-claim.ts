import type { Correlation } from '#shared/domain/correlation.ts';
import { cohortsAt, type Membership } from '#shared/domain/earning/cohorts-at.ts';
import type { EarningOrder } from '#shared/domain/earning/earning-order.ts';
import { judgesOrdersAlone } from '#shared/domain/earning/program.ts';
import { isRefusal, type Refusal, ruleForOrder } from '#shared/domain/earning/rule-for-order.ts';
import type { Earning } from '#shared/domain/earning/tier-standing.ts';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { hasMinorUnits } from '#shared/domain/money/minor-units.ts';
import { type Order } from '#shared/eventing/contracts/orders.ts';
import { causeOf } from '#shared/runtime/cause-of.ts';
import { correlationOf } from '#shared/runtime/correlation.ts';
import type { Delivery } from '#shared/runtime/events/event-handler.ts';
import { instantOf } from '#shared/runtime/events/instant-of.ts';
import { unknownTenant } from '#shared/stores/postgres/tenants/active-tenant.ts';
import type { Tenant } from '#shared/stores/postgres/tenants/tenant-store.ts';

/** An order with the programs that pay it. */
export type OrderClaim = Readonly<{
  order: PaidOrder;
  earnings: readonly Earning[];
  /**
   * Whether one entry that depends on nothing else pays it: its tenant has one program with rules, which judges orders alone.
   * The same for all orders of a tenant, so that they all lock in the same order (docs/decisions/0016).
   */
  isAlone: boolean;
}>;

/** Which programs pay an order, or why none does, for good. A program pays orders of the currencies it has rules for. */
export const claimOf = (
  delivery: Delivery<Order>,
  tenant: Tenant | undefined,
  now: Date,
): OrderClaim | InvalidEvent => {
  const order = toPaidOrder(delivery, tenant, now);
  if (order instanceof InvalidEvent || tenant === undefined) return order as InvalidEvent;
  const judged = tenant.programs.map((program) => ({
    earning: { program, timeZone: tenant.timeZone },
    rule: ruleForOrder(program.rules, order),
  }));
  const paying = judged.filter(({ rule }) => !isRefusal(rule)).map(({ earning }) => earning);
  if (paying.length === 0) return refusalOf(judged.map(({ rule }) => rule as Refusal));
  const withRules = tenant.programs.filter(({ rules }) => rules.length > 0);
  const isAlone = withRules.length === 1 && withRules.every(judgesOrdersAlone);
  return { order, earnings: paying, isAlone };
};

/** Being in the wrong currency says more than having no rule. */
const refusalOf = (refusals: readonly Refusal[]): InvalidEvent => {
  const refusal =
    refusals.find(({ reason }) => reason === 'wrong-currency') ?? refusals[0] ?? noProgram;
  return new InvalidEvent(refusal.reason, refusal.detail);
};

const noProgram: Refusal = {
  kind: 'refused',
  reason: 'no-rule',
  detail: 'The tenant has no program',
};

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
const toPaidOrder = (
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
