import { Counter, Gauge } from 'prom-client';
import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { TierChanged, TierDowngradeAhead } from '#shared/eventing/contracts/tiers.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import type { LotEvent } from '#shared/stores/postgres/ledger/lot-store.ts';

const lotsTotal = new Counter({
  name: 'guerdon_lots_done_total',
  help: 'Due lots that were released, or closed by expiry',
  labelNames: ['event'] as const,
});

const pointsExpiredTotal = new Counter({
  name: 'guerdon_points_expired_total',
  help: 'Expired points',
});

const tierChangesTotal = new Counter({
  name: 'guerdon_tier_changes_by_date_total',
  help: 'Tiers changed by date: downgrades, and moves to a new ladder',
});

const tierNoticesTotal = new Counter({
  name: 'guerdon_tier_notices_total',
  help: 'Customers notified before a downgrade of their tier',
});

const oldestOverdueSeconds = new Gauge({
  name: 'guerdon_oldest_overdue_lot_seconds',
  help: 'How long the oldest due lot has been due after a run; 0 if none is',
  labelNames: ['event'] as const,
});

const incentivesExpiredTotal = new Counter({
  name: 'guerdon_incentives_expired_total',
  help: 'Expired incentives',
  labelNames: ['type'] as const,
});

const oldestIncentiveSeconds = new Gauge({
  name: 'guerdon_oldest_overdue_incentive_seconds',
  help: 'How long the oldest incentive due to expire has been due after a run; 0 if none is',
});

/** Counts what was committed to lots. */
export const countLots = (entries: readonly LedgerEntry[]): void => {
  for (const { kind, points } of entries) {
    if (kind === 'RELEASE') lotsTotal.inc({ event: 'release' });
    if (kind !== 'EXPIRE') continue;
    lotsTotal.inc({ event: 'expiry' });
    pointsExpiredTotal.inc(-points);
  }
};

/** Counts what was committed to tiers. */
export const countTiers = (domainEvents: readonly DomainEvent[]): void => {
  const ofType = (wanted: string) => domainEvents.filter(({ type }) => type === wanted).length;
  tierChangesTotal.inc(ofType(TierChanged.type));
  tierNoticesTotal.inc(ofType(TierDowngradeAhead.type));
};

/** Counts what was committed to incentives. */
export const countIncentives = (expired: readonly Pick<Incentive, 'type'>[]): void => {
  for (const { type } of expired) incentivesExpiredTotal.inc({ type });
};

/** Shows how far behind the work on lots is. */
export const showOldest = (event: LotEvent, oldest: Date | undefined, now: Date): void => {
  oldestOverdueSeconds.set({ event }, ageSeconds(oldest, now));
};

/** Shows how far behind the work on incentives is. */
export const showOldestIncentive = (oldest: Date | undefined, now: Date): void => {
  oldestIncentiveSeconds.set(ageSeconds(oldest, now));
};

const ageSeconds = (since: Date | undefined, now: Date): number =>
  since === undefined ? 0 : (now.getTime() - since.getTime()) / 1000;
