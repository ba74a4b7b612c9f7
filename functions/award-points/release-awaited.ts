import { releaseLot } from '#shared/domain/ledger/release-lot.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import { releasedFact } from '#shared/eventing/released-fact.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { OrderProgressStore } from '#shared/stores/postgres/earning/order-progress-store.ts';

/** What releasing needs. */
export type ReleaseDependencies = Readonly<{ progress: OrderProgressStore; clock: Clock }>;

/** Makes usable whatever points of these orders wait for something that has happened. */
export const releaseAwaited = (
  { progress, clock }: ReleaseDependencies,
  orders: readonly Readonly<{ tenantId: string; orderId: string }>[],
) => {
  const occurredAt = clock();
  return progress.releaseAwaited<Fact>(orders, ({ held: { balance }, lot, cause, correlation }) => {
    const entry = releaseLot(balance, lot, { cause, occurredAt });
    return { entry, facts: [{ ...releasedFact(entry), ...correlation }] };
  });
};
