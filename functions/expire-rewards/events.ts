import type { LockedTier, TierFall, TierReview } from '#shared/domain/earning/tiers/review-tier.ts';
import { settledBy } from '#shared/domain/ledger/expire-lots.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { PointsExpired } from '#shared/eventing/contracts/points-events.ts';
import { TierChanged, TierDowngradeAhead } from '#shared/eventing/contracts/tiers.ts';
import { type DomainEvent, domainEventOf } from '#shared/eventing/domain-event.ts';
import { releasedEvent } from '#shared/eventing/released-event.ts';

/** The events of lots that were released or closed together: one per RELEASE and EXPIRE. */
export const lotEvents = (entries: readonly LedgerEntry[]): readonly DomainEvent[] =>
  entries.flatMap((entry) => {
    if (entry.kind === 'RELEASE') return [releasedEvent(entry)];
    return entry.kind === 'EXPIRE' ? [expiredEvent(entry, settledBy(entry, entries))] : [];
  });

const expiredEvent = (entry: LedgerEntry, settled: number): DomainEvent => {
  const { tenantId, customerId, program, lotId, causeId, points, occurredAt } = entry;
  return domainEventOf(PointsExpired, {
    cause: [tenantId, program, causeId],
    partitionKey: customerId,
    time: occurredAt,
    data: {
      tenantId,
      customerId,
      program,
      lotId,
      points: 0 - points,
      settled,
      expiresAt: occurredAt.toISOString(),
    },
  });
};

/** The events of a reviewed tier: that it changed, and that it falls soon. */
export const tierEvents = (
  locked: LockedTier,
  { change, fall }: Pick<TierReview, 'change' | 'fall'>,
): readonly DomainEvent[] => [
  ...(change === undefined ? [] : [changedEvent(locked, change)]),
  ...(fall === undefined ? [] : [fallAheadEvent(locked, fall)]),
];

const changedEvent = (
  { tenantId, customerId, program, tier: from }: LockedTier,
  { to, since, on }: NonNullable<TierReview['change']>,
): DomainEvent =>
  domainEventOf(TierChanged, {
    cause: [tenantId, program, customerId, since.toISOString(), to ?? ''],
    partitionKey: customerId,
    time: since,
    data: {
      tenantId,
      customerId,
      program,
      from: from ?? null,
      to: to ?? null,
      since: since.toISOString(),
      cause: on,
    },
  });

const fallAheadEvent = (
  { tenantId, customerId, program }: WalletKey,
  { from, to, fallsAt, ladder, metric, missing, at }: TierFall,
): DomainEvent =>
  domainEventOf(TierDowngradeAhead, {
    cause: [tenantId, program, customerId, fallsAt.toISOString()],
    partitionKey: customerId,
    time: at,
    data: {
      tenantId,
      customerId,
      program,
      from,
      to: to ?? null,
      on: fallsAt.toISOString(),
      counts: ladder.metric,
      ...(ladder.metric === 'spend' && { currency: ladder.currency }),
      metric,
      missing,
    },
  });
