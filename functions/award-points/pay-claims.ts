import { Counter } from 'prom-client';
import { assert } from '#shared/domain/assert.ts';
import { earnAlone } from '#shared/domain/earning/program-order.ts';
import { InvalidEvent } from '#shared/domain/errors.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import {
  conflictBetween,
  type LedgerConflict,
  type LedgerEntry,
} from '#shared/domain/ledger/ledger-entry.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import type { Outcome } from '#shared/runtime/events/event-handler.ts';
import { orderKey } from '#shared/stores/postgres/earning/earning-rows.ts';
import type { EarningStore, Paid } from '#shared/stores/postgres/earning/earning-store.ts';
import type { LedgerStore, RecordedEssence } from '#shared/stores/postgres/ledger/ledger-store.ts';
import { awardedEvent, settledEvents } from './events.ts';
import type { OrderClaim } from './order-claim.ts';

const awardsTotal = new Counter({
  name: 'guerdon_awards_total',
  help: 'Orders by outcome: booked, replayed (recorded before), archived, closed by archived orders that were placed later, or in conflict with the recorded order',
  labelNames: ['outcome'] as const,
});

/**
 * What the ledger has of an order in one program: its EARN, one that contradicts it, an archived
 * one that is the same, or archived orders that were placed after it (`closed`).
 */
export type Award = Readonly<
  | { kind: 'booked' | 'replayed'; entry: LedgerEntry }
  | { kind: 'archived' }
  | { kind: 'closed'; orderId: string }
  | { kind: 'conflict'; recorded: RecordedEssence; field: LedgerConflict }
>;

/** What orders were awarded, the balances as they are after it, and the events in the outbox. */
export type Awarded = Readonly<{
  awards: ReadonlyMap<OrderClaim, readonly Award[]>;
  balances: readonly Balance[];
  domainEvents: readonly DomainEvent[];
}>;

/** Pays orders of one entry each: all in one statement, for any customers. */
export const payAlone = async (
  ledger: LedgerStore,
  claims: readonly OrderClaim[],
): Promise<Awarded> => {
  const bookings = await ledger.commit(
    claims.flatMap(({ order, programs }) =>
      programs.map((program) => earnAlone({ ...program, order })),
    ),
  );
  return {
    awards: new Map(claims.map((claim, index) => [claim, bookings.slice(index, index + 1)])),
    balances: bookings.flatMap((booking) => ('balance' in booking ? [booking.balance] : [])),
    domainEvents: [],
  };
};

type TogetherDependencies = Readonly<{
  earnings: EarningStore;
  ordersPerCheckpoint?: number | undefined;
}>;

/**
 * Pays each order in all of its programs or in none, all in one transaction with their accounts
 * locked.
 */
export const payTogether = async (
  { earnings, ordersPerCheckpoint }: TogetherDependencies,
  claims: readonly OrderClaim[],
  now: Date,
): Promise<Awarded> => {
  if (claims.length === 0) return { awards: new Map(), balances: [], domainEvents: [] };
  const paid = await earnings.pay(claims, { now, ordersPerCheckpoint }, settledEvents);
  const awardsOf = awardsIn(paid);
  const { balances, domainEvents } = paid;
  return {
    awards: new Map(claims.map((claim) => [claim, awardsOf(claim)])),
    balances,
    domainEvents,
  };
};

/**
 * Returns the ledger's outcome for each order; the first of an id was recorded, its repeats in the
 * batch were not.
 */
const awardsIn = ({ entries, recorded, archived, closed }: Paid<DomainEvent>) => {
  const closedOrders = new Set(closed.map(orderKey));
  const archivedOf = new Map(archived.map((order) => [orderKey(order), order]));
  const booked = new Set(entries.filter(({ kind }) => kind === 'EARN'));
  const entriesOf = Map.groupBy([...recorded, ...booked], orderKey);
  const told = new Set<LedgerEntry>();
  const awardOf = (entry: LedgerEntry): Award => {
    const kind = booked.has(entry) && !told.has(entry) ? 'booked' : 'replayed';
    told.add(entry);
    return { kind, entry };
  };
  return ({ order }: OrderClaim): readonly Award[] => {
    const old = archivedOf.get(orderKey(order));
    if (old !== undefined) {
      const field = conflictBetween(old, order);
      return [
        field === undefined ? { kind: 'archived' } : { kind: 'conflict', recorded: old, field },
      ];
    }
    const own = entriesOf.get(orderKey(order)) ?? [];
    if (own.length === 0 && closedOrders.has(orderKey(order)))
      return [{ kind: 'closed', orderId: order.orderId }];
    assert(own.length > 0, `order ${order.orderId} is in the ledger`);
    for (const entry of own) {
      const field = conflictBetween(entry, order);
      if (field !== undefined) return [{ kind: 'conflict', recorded: entry, field }];
    }
    return own.map(awardOf);
  };
};

/**
 * The outcome of what the ledger holds of an order, not of what was decided now: after a redelivery
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
