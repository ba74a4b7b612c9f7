import {
  availableAt,
  type EarningRule,
  expiryOf,
  isRefusal,
  type Refusal,
  ruleForOrder,
} from '#shared/domain/earning/earning-rule.ts';
import { ratesOrdersAlone } from '#shared/domain/earning/program.ts';
import type { PaidOrder, PayingProgram } from '#shared/domain/earning/program-order.ts';
import type { Earning } from '#shared/domain/earning/tier-standing.ts';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { hasMinorUnits } from '#shared/domain/money/minor-units.ts';
import { causeOf, correlationOf } from '#shared/eventing/cloud-event.ts';
import type { Order } from '#shared/eventing/contracts/orders.ts';
import { lotIdOf } from '#shared/eventing/derived-id.ts';
import { type Delivery, instantOf } from '#shared/runtime/events/event-handler.ts';
import { unknownTenant } from '#shared/stores/postgres/tenants/active-tenant.ts';
import type { Tenant } from '#shared/stores/postgres/tenants/tenant-store.ts';

/** An order with the programs that pay it. */
export type OrderClaim = Readonly<{
  order: PaidOrder;
  programs: readonly PayingProgram[];
  /**
   * Whether one entry that depends on nothing else pays it: its tenant has one program with rules,
   * which rates orders independently. The same for all orders of a tenant, so that they all lock in
   * the same order (docs/decisions/0016).
   */
  isAlone: boolean;
}>;

/**
 * Which programs pay an order, or why none does, for good. A program pays orders of the currencies
 * it has rules for.
 */
export const claimOf = (
  delivery: Delivery<Order>,
  tenant: Tenant | undefined,
  now: Date,
): OrderClaim | InvalidEvent => {
  const order = toPaidOrder(delivery, tenant, now);
  if (order instanceof InvalidEvent || tenant === undefined) return order as InvalidEvent;
  const { timeZone } = tenant;
  const programs: PayingProgram[] = [];
  const refusals: Refusal[] = [];
  for (const program of tenant.programs) {
    const rule = ruleForOrder(program.rules, order);
    if (isRefusal(rule)) refusals.push(rule);
    else programs.push(payingProgram(order, { program, timeZone }, rule));
  }
  if (programs.length === 0) return refusalOf(refusals);
  const withRules = tenant.programs.filter(({ rules }) => rules.length > 0);
  const isAlone = withRules.length === 1 && withRules.every(ratesOrdersAlone);
  return { order, programs, isAlone };
};

/**
 * Points that expire and become usable at the same time share a lot; those that wait for an event
 * have one per order.
 */
const payingProgram = (
  { tenantId, customerId, orderId, placedAt }: PaidOrder,
  earning: Earning,
  rule: EarningRule,
): PayingProgram => {
  const expiresAt = expiryOf(rule.expiry, earning.timeZone, placedAt);
  const usableFrom = availableAt(rule.pending, placedAt);
  const awaits = rule.pending.kind === 'event' ? rule.pending.name : undefined;
  const usable = awaits === undefined ? usableFrom?.toISOString() : `${awaits} ${orderId}`;
  const wallet = { tenantId, customerId, program: earning.program.program };
  const lot = {
    account: usable === undefined ? 'available' : 'pending',
    lotId: lotIdOf(wallet, expiresAt, usable),
    expiresAt,
    availableAt: usableFrom,
    awaits,
  } as const;
  return { earning, rule, lot };
};

/** A wrong currency is more specific than a missing rule. */
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
  const origin = { cause: causeOf(delivery.event), correlation: correlationOf(delivery.event) };
  return { tenantId, customerId, orderId, amountMinor, currency, placedAt, ...origin };
};
