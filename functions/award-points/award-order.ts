import { Counter } from 'prom-client';
import {
  type Earning,
  earnAlone,
  type PaidOrder,
  type PayingProgram,
  ratesOrdersAlone,
} from '#shared/domain/earning/program.ts';
import {
  availableAt,
  type EarningRule,
  expiryOf,
  isRefusal,
  type Refusal,
  ruleForOrder,
} from '#shared/domain/earning/rating/earning-rule.ts';
import { InvalidEvent } from '#shared/domain/errors.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { LedgerConflict, LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { hasMinorUnits } from '#shared/domain/money/minor-units.ts';
import { causeOf, correlationOf } from '#shared/eventing/cloud-event.ts';
import type { Order } from '#shared/eventing/contracts/orders.ts';
import { PointsAwarded } from '#shared/eventing/contracts/points-events.ts';
import { type DomainEvent, domainEventOf, lotIdOf } from '#shared/eventing/domain-event.ts';
import { type Delivery, instantOf, type Outcome } from '#shared/runtime/events/event-handler.ts';
import type { LedgerStore, RecordedEssence } from '#shared/stores/postgres/ledger/ledger-store.ts';
import { unknownTenant } from '#shared/stores/postgres/tenants/active-tenant.ts';
import type { Tenant } from '#shared/stores/postgres/tenants/tenant-store.ts';

/** An order with the programs that pay it. */
export type AcceptedOrder = Readonly<{
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
 * Accepts an order with the programs that pay it, or returns why none ever will. A program pays
 * orders in the currencies that it has rules for.
 */
export const acceptOrder = (
  delivery: Delivery<Order>,
  tenant: Tenant | undefined,
  now: Date,
): AcceptedOrder | InvalidEvent => {
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

/** The customer and time of an order, or why it is refused permanently. */
const toPaidOrder = (
  delivery: Delivery<Order>,
  tenant: Tenant | undefined,
  now: Date,
): PaidOrder | InvalidEvent => {
  const { tenantId, orderId, customerId, amountMinor } = delivery.data;
  if (tenant?.status !== 'ACTIVE') return unknownTenant(tenantId);
  const { currency = tenant.currency } = delivery.data;
  if (delivery.data.currency === undefined && !hasMinorUnits(currency)) {
    const detail = `Order ${orderId} must name a currency: the tenant's default, ${currency}, has no minor units`;
    return new InvalidEvent('no-currency', detail);
  }
  const placedAt = instantOf(delivery.data.placedAt, delivery, now);
  if (placedAt instanceof InvalidEvent) return placedAt;
  const origin = { cause: causeOf(delivery.event), correlation: correlationOf(delivery.event) };
  return { tenantId, customerId, orderId, amountMinor, currency, placedAt, ...origin };
};

/**
 * What the ledger contains for an order in one program: its EARN, a contradicting EARN, the same
 * EARN archived, or archived orders that were placed after it (`closed`).
 */
export type Award = Readonly<
  | { kind: 'booked' | 'replayed'; entry: LedgerEntry }
  | { kind: 'archived' }
  | { kind: 'closed'; orderId: string }
  | { kind: 'conflict'; recorded: RecordedEssence; field: LedgerConflict }
>;

/** What orders were awarded, the balances as they are after it, and the events in the outbox. */
export type Awarded = Readonly<{
  awards: ReadonlyMap<AcceptedOrder, readonly Award[]>;
  balances: readonly Balance[];
  domainEvents: readonly DomainEvent[];
}>;

/** What no orders are awarded. */
export const nothingAwarded: Awarded = { awards: new Map(), balances: [], domainEvents: [] };

/** Pays orders of one entry each: all in one statement, for any customers. */
export const payAlone = async (
  ledger: LedgerStore,
  orders: readonly AcceptedOrder[],
): Promise<Awarded> => {
  const outcomes = await ledger.commit(
    orders.flatMap(({ order, programs }) =>
      programs.map((program) => earnAlone({ ...program, order })),
    ),
  );
  return {
    awards: new Map(orders.map((order, index) => [order, outcomes.slice(index, index + 1)])),
    balances: outcomes.flatMap((outcome) => ('balance' in outcome ? [outcome.balance] : [])),
    domainEvents: [],
  };
};

const awardsTotal = new Counter({
  name: 'guerdon_awards_total',
  help: 'Orders by outcome: booked, replayed (recorded before), archived, closed (placed before archived orders of the customer), or in conflict with the recorded order',
  labelNames: ['outcome'] as const,
});

/**
 * The outcome according to the ledger, not according to what was decided now: after a redelivery
 * they may differ. A replayed order publishes its events again under the same ids, because the
 * first time may have died before publishing them. Those of an archived order were published
 * before.
 */
export const toOutcome = (awards: readonly Award[]): Outcome => {
  for (const { kind } of awards) awardsTotal.inc({ outcome: kind });
  const conflict = awards.find((award) => award.kind === 'conflict');
  if (conflict !== undefined) {
    const { recorded, field } = conflict;
    const detail = `Order ${recorded.orderId} was already recorded with a different ${field}: ${recorded[field]}`;
    return new InvalidEvent('order-conflict', detail);
  }
  const closed = awards.find((award) => award.kind === 'closed');
  if (closed !== undefined) {
    const detail = `Order ${closed.orderId} was placed before archived orders of its customer, which would change`;
    return new InvalidEvent('order-archived', detail);
  }
  const domainEvents = awards.flatMap((award) =>
    'entry' in award ? [awardedEvent(award.entry)] : [],
  );
  return { kind: 'done', domainEvents };
};

/** The event of an EARN; the same entry always gives the same event. */
const awardedEvent = (entry: LedgerEntry): DomainEvent => {
  const { tenantId, customerId, program, causeId: orderId, occurredAt } = entry;
  return domainEventOf(PointsAwarded, {
    cause: [tenantId, program, orderId],
    partitionKey: customerId,
    time: occurredAt,
    data: {
      tenantId,
      customerId,
      program,
      orderId,
      points: entry.points,
      amountMinor: entry.amountMinor ?? 0,
      currency: entry.currency ?? '',
      ruleVersion: entry.ruleVersion ?? 0,
      lotId: entry.lotId,
      pending: entry.account === 'pending',
      placedAt: occurredAt.toISOString(),
    },
  });
};
