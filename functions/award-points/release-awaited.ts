import type { LedgerEntry } from '#shared/domain/points/ledger-entry.ts';
import { PointsReleased } from '#shared/eventing/contracts/points-released.ts';
import { type Fact, factOf } from '#shared/eventing/fact.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Awaited, OrderProgressStore } from '#shared/stores/postgres/order-progress-store.ts';

/** What releasing needs. */
export type ReleaseDependencies = Readonly<{ progress: OrderProgressStore; clock: Clock }>;

/** Makes usable whatever points of these orders wait for something that has happened. */
export const releaseAwaited = (
  { progress, clock }: ReleaseDependencies,
  orders: readonly Readonly<{ tenantId: string; orderId: string }>[],
) => {
  const now = clock();
  return progress.releaseAwaited<Fact>(orders, (awaited) => {
    const entry = releaseEntry(awaited, now);
    return { entry, facts: [releasedFact(entry)] };
  });
};

/** A lot may be filled again after its release, by a revision; the version of the account tells its releases apart. */
const releaseEntry = ({ key, held, lot, cause }: Awaited, now: Date): LedgerEntry => ({
  ...key,
  kind: 'RELEASE',
  causeId: `${lot.lotId}@${held.balance.version}`,
  account: 'available',
  points: lot.points,
  counterAccount: 'pending',
  lotId: lot.lotId,
  expiresAt: lot.expiresAt,
  orderId: lot.orderId,
  cause,
  occurredAt: now,
});

const releasedFact = (entry: LedgerEntry): Fact => {
  const { tenantId, customerId, program, lotId, points, occurredAt, expiresAt, orderId } = entry;
  return factOf(PointsReleased, {
    cause: [tenantId, program, entry.causeId],
    partitionKey: customerId,
    time: occurredAt,
    data: {
      tenantId,
      customerId,
      program,
      lotId,
      points,
      availableAt: occurredAt.toISOString(),
      expiresAt: expiresAt?.toISOString() ?? null,
      orderId,
    },
  });
};
