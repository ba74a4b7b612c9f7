import { overAfter } from '#shared/runtime/over-after.ts';
import type { DeliveryStore } from '#shared/stores/postgres/webhooks/delivery-store.ts';
import type { FairTurns } from './fair-turns.ts';
import { failingEndpoints, oldestDueSeconds } from './metrics.ts';

export type SweepDependencies = Readonly<{
  store: Pick<DeliveryStore, 'due' | 'removeOld'>;
  turns: Pick<FairTurns, 'wake'>;
  /** How long deliveries stay in the log. */
  logDays: number;
}>;

/** More than any installation has at once; the next tick finds the others. */
const endpointsMax = 10_000;

/** The most rows that a statement removes. */
const removedMax = 20_000;

/** How long a tick removes rows; the next one continues. */
const removeMsMax = 20_000;

/** Wakes every endpoint with due deliveries, and removes those past the retention of the log. */
export const sweep = async ({ store, turns, logDays }: SweepDependencies): Promise<void> => {
  const due = await store.due(endpointsMax);
  turns.wake(due);
  const healthy = due.filter(({ isFailing }) => !isFailing);
  failingEndpoints.set(due.length - healthy.length);
  oldestDueSeconds.set(Math.max(0, ...healthy.map(({ dueSeconds }) => dueSeconds)));
  const isOver = overAfter(removeMsMax);
  while ((await store.removeOld(logDays, removedMax)) && !isOver());
};
