import type { Corrected } from '#shared/domain/earning/correction.ts';
import type { Settlement, TierChange } from '#shared/domain/earning/settlement.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import {
  PointsAwarded,
  PointsReversed,
  PointsRevised,
} from '#shared/eventing/contracts/points-events.ts';
import { TierChanged } from '#shared/eventing/contracts/tiers.ts';
import { type DomainEvent, domainEventOf } from '#shared/eventing/domain-event.ts';

/** The event of an EARN; the same entry always gives the same event. */
export const awardedEvent = (entry: LedgerEntry): DomainEvent => {
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

/** The events of a settled account, apart from its awards: corrected orders, and a changed tier. */
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
