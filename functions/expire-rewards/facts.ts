import type { LockedTier, TierFall, TierReview } from '#shared/domain/earning/review-tier.ts';
import { settledBy } from '#shared/domain/ledger/expire-lots.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { PointsExpired } from '#shared/eventing/contracts/points-events.ts';
import { TierChanged, TierDowngradeAhead } from '#shared/eventing/contracts/tiers.ts';
import { type Fact, factOf } from '#shared/eventing/fact.ts';
import { releasedFact } from '#shared/eventing/released-fact.ts';

/** The events of lots that were released or closed together: one per RELEASE and EXPIRE. */
export const lotFacts = (entries: readonly LedgerEntry[]): readonly Fact[] =>
  entries.flatMap((entry) => {
    if (entry.kind === 'RELEASE') return [releasedFact(entry)];
    return entry.kind === 'EXPIRE' ? [expiredFact(entry, settledBy(entry, entries))] : [];
  });

const expiredFact = (entry: LedgerEntry, settled: number): Fact => {
  const { tenantId, customerId, program, lotId, causeId, points, occurredAt } = entry;
  return factOf(PointsExpired, {
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
export const tierFacts = (
  locked: LockedTier,
  { change, fall }: Pick<TierReview, 'change' | 'fall'>,
): readonly Fact[] => [
  ...(change === undefined ? [] : [changedFact(locked, change)]),
  ...(fall === undefined ? [] : [fallAheadFact(locked, fall)]),
];

const changedFact = (
  { tenantId, customerId, program, tier: from }: LockedTier,
  { to, since, on }: NonNullable<TierReview['change']>,
): Fact =>
  factOf(TierChanged, {
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

const fallAheadFact = (
  { tenantId, customerId, program }: WalletKey,
  { from, to, fallsAt, ladder, metric, missing, at }: TierFall,
): Fact =>
  factOf(TierDowngradeAhead, {
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
