import { assert } from '#shared/domain/assert.ts';
import type { EarningRule } from '#shared/domain/earning/earning-rule.ts';
import { rateAlone } from '#shared/domain/earning/rate-alone.ts';
import type { Rating } from '#shared/domain/earning/rate-order.ts';
import type { Earning } from '#shared/domain/earning/tier-standing.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { availableAt, expiryOf } from '#shared/domain/ledger/lot-dates.ts';
import { lotIdOf } from '#shared/eventing/lot-id.ts';
import type { LedgerStore } from '#shared/stores/postgres/ledger/ledger-store.ts';
import { type OrderClaim, type PaidOrder, toEarningOrder } from './order-claim.ts';
import type { Award } from './outcome.ts';

/** What orders were awarded, and the balances as they are after it. */
export type Awarded = Readonly<{
  awards: ReadonlyMap<OrderClaim, readonly Award[]>;
  balances: readonly Balance[];
}>;

/** Pays orders of one entry each: all in one statement, whoever they are from. */
export const payAlone = async (
  ledger: LedgerStore,
  claims: readonly OrderClaim[],
): Promise<Awarded> => {
  const entries = claims.flatMap(({ order, earnings }) =>
    earnings.map((earning) => earnAlone(order, earning)),
  );
  const bookings = await ledger.commit(entries);
  return {
    awards: new Map(claims.map((claim, index) => [claim, bookings.slice(index, index + 1)])),
    balances: bookings.flatMap((booking) => (booking.kind === 'conflict' ? [] : [booking.balance])),
  };
};

/** The EARN of an order in a program that judges it alone. */
export const earnAlone = (order: PaidOrder, earning: Earning): LedgerEntry => {
  const judgement = rateAlone(earning.program, toEarningOrder(order, []));
  assert(judgement.kind === 'rated', `there is a rule for order ${order.orderId}`);
  return earnEntry(order, earning, judgement.rating);
};

/** The EARN of an order that was rated. */
export const earnEntry = (
  order: PaidOrder,
  { program: { program, rules }, timeZone }: Earning,
  rating: Rating,
): LedgerEntry => {
  const { currency } = order;
  const rule = rules.find(
    (version) => version.version === rating.ruleVersion && version.currency === currency,
  );
  assert(rule, `rule ${rating.ruleVersion} rated order ${order.orderId}`);
  return {
    tenantId: order.tenantId,
    program,
    kind: 'EARN',
    causeId: order.orderId,
    customerId: order.customerId,
    points: rating.points,
    counterAccount: 'issued',
    ...placeInLot(order, { program, timeZone, rule }),
    orderId: order.orderId,
    amountMinor: order.amountMinor,
    currency,
    ruleVersion: rating.ruleVersion,
    ...(needsTrace(rating) && { trace: rating.trace }),
    cause: order.cause,
    occurredAt: order.placedAt,
  };
};

/** Of most orders the rule's rate and the amount say everything. */
const needsTrace = ({ trace }: Rating): boolean =>
  trace.some(({ step }) => step !== 'rate' && step !== 'rounding');

type Placement = Pick<LedgerEntry, 'account' | 'lotId' | 'expiresAt' | 'availableAt' | 'awaits'>;

/** Points that lapse and become usable at the same time share a lot; those that wait for an event have one per order. */
const placeInLot = (
  { tenantId, customerId, orderId, placedAt }: PaidOrder,
  {
    program,
    timeZone,
    rule: { pending, expiry },
  }: Readonly<{ program: string; timeZone: string; rule: EarningRule }>,
): Placement => {
  const expiresAt = expiryOf(expiry, timeZone, placedAt);
  const usableFrom = availableAt(pending, placedAt);
  const awaits = pending.kind === 'event' ? pending.name : undefined;
  const usable = awaits === undefined ? usableFrom?.toISOString() : `${awaits} ${orderId}`;
  return {
    account: usable === undefined ? 'available' : 'pending',
    lotId: lotIdOf({ tenantId, customerId, program }, expiresAt, usable),
    expiresAt,
    availableAt: usableFrom,
    awaits,
  };
};
