import { assert } from '#shared/domain/assert.ts';
import type { Settlement, TierChange } from '#shared/domain/earning/decide-payment.ts';
import type { Corrected } from '#shared/domain/earning/refunds/correction.ts';
import { conflictBetween, type LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { PointsReversed, PointsRevised } from '#shared/eventing/contracts/points-events.ts';
import { TierChanged } from '#shared/eventing/contracts/tiers.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { domainEventOf } from '#shared/eventing/domain-event.ts';
import { orderKey } from '#shared/stores/postgres/earning/earning-rows.ts';
import type { EarningStore, Paid } from '#shared/stores/postgres/earning/earning-store.ts';
import { type AcceptedOrder, type Award, type Awarded } from './award-order.ts';

type TogetherDependencies = Readonly<{
  earnings: EarningStore;
  ordersPerCheckpoint?: number | undefined;
}>;

/**
 * Pays each order in all of its programs or in none, all in one transaction with their wallets
 * locked.
 */
export const payTogether = async (
  { earnings, ordersPerCheckpoint }: TogetherDependencies,
  orders: readonly AcceptedOrder[],
  now: Date,
): Promise<Awarded> => {
  const paid = await earnings.pay(orders, { now, ordersPerCheckpoint }, settledEvents);
  const awardsOf = awardsIn(paid);
  const { balances, domainEvents } = paid;
  return {
    awards: new Map(orders.map((order) => [order, awardsOf(order)])),
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
  const paid = new Set(entries.filter(({ kind }) => kind === 'EARN'));
  const entriesOf = Map.groupBy([...recorded, ...paid], orderKey);
  const published = new Set<LedgerEntry>();
  const awardOf = (entry: LedgerEntry): Award => {
    const kind = paid.has(entry) && !published.has(entry) ? 'booked' : 'replayed';
    published.add(entry);
    return { kind, entry };
  };
  return ({ order }: AcceptedOrder): readonly Award[] => {
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

/** The events of a settled wallet, apart from its awards: corrected orders, and a changed tier. */
export const settledEvents = (
  key: WalletKey,
  { corrected, tierChange }: Settlement,
): readonly DomainEvent[] => [
  ...corrected.map((one) =>
    one.correction.kind === 'REVERSE' ? reversedEvent(key, one) : revisedEvent(key, one),
  ),
  ...(tierChange === undefined ? [] : [tierChangedEvent(key, tierChange)]),
];

const reversedEvent = (
  { tenantId, customerId, program }: WalletKey,
  { correction, writtenOff }: Corrected,
): DomainEvent => {
  const { occasion, order, points, causeId: refundId, amountMinor = 0 } = correction;
  return domainEventOf(PointsReversed, {
    cause: [tenantId, program, refundId],
    partitionKey: customerId,
    time: occasion.occurredAt,
    data: {
      tenantId,
      customerId,
      program,
      orderId: order.orderId,
      refundId,
      amountMinor,
      currency: order.currency,
      points: Math.max(0, -points),
      writtenOff,
      refundedAt: occasion.occurredAt.toISOString(),
    },
    correlation: occasion.correlation,
  });
};

const revisedEvent = (
  { tenantId, customerId, program }: WalletKey,
  { correction: { occasion, order, points } }: Corrected,
): DomainEvent =>
  domainEventOf(PointsRevised, {
    cause: [tenantId, program, order.orderId, occasion.name],
    partitionKey: customerId,
    time: occasion.occurredAt,
    data: {
      tenantId,
      customerId,
      program,
      orderId: order.orderId,
      points,
      because: occasion.name,
    },
    correlation: occasion.correlation,
  });

const tierChangedEvent = (
  { tenantId, customerId, program }: WalletKey,
  { from, to, since, occasion }: TierChange,
): DomainEvent =>
  domainEventOf(TierChanged, {
    cause: [tenantId, program, customerId, occasion.name],
    partitionKey: customerId,
    time: occasion.occurredAt,
    data: {
      tenantId,
      customerId,
      program,
      from: from ?? null,
      to: to ?? null,
      since: since.toISOString(),
      cause: occasion.name,
    },
    correlation: occasion.correlation,
  });
