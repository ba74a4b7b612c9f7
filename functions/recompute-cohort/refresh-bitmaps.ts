import type { Clock } from '#shared/runtime/host.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type {
  CohortWindow,
  CohortWindows,
} from '#shared/stores/postgres/cohorts/cohort-windows.ts';
import type { BitmapPointer, CohortBitmaps } from '#shared/stores/redis/cohorts/cohort-bitmaps.ts';
import { bitmapsBuiltTotal } from './metrics.ts';

type Dependencies = Readonly<{
  windows: CohortWindows;
  bitmaps: CohortBitmaps;
  /** Builds bitmaps unless another pod or an earlier run is building them. */
  exclusively: (build: () => Promise<void>) => Promise<unknown>;
  clock: Clock;
  log: Logger;
}>;

/**
 * Extends the windows of bitmaps and rebuilds the bitmaps of cohorts that changed; throws nothing.
 * Building the bitmap of a cohort of millions takes longer than a window lasts. A run that finds
 * another one building only extends windows.
 */
export type RefreshBitmaps = (isOver: () => boolean) => Promise<void>;

/** How long a bitmap is not built again, by its members. */
const membersPerSecond = 20_000;

/**
 * Keeps bitmaps of the cohorts that active campaigns use. A cohort without a bitmap is looked up in
 * Postgres, so a failure costs only time.
 */
export const createRefreshBitmaps = (dependencies: Dependencies): RefreshBitmaps => {
  const { windows, exclusively, clock, log } = dependencies;
  const refresh = async (isOver: () => boolean): Promise<void> => {
    const around = await windows.around(clock());
    await windows.forget(clock());
    const stale: CohortWindow[] = [];
    for (const [tenantId, own] of Map.groupBy(around, (window) => window.tenantId))
      stale.push(...(await extendWindows(dependencies, tenantId, own)));
    if (stale.length === 0) return;
    await exclusively(async () => {
      for (const window of stale) if (!isOver()) await build(dependencies, window);
    });
  };
  return (isOver) =>
    refresh(isOver).catch((error: unknown) => {
      log.warn({ err: error }, 'could not refresh bitmaps of cohorts; Postgres is used instead');
    });
};

type Refreshing = Pick<Dependencies, 'windows' | 'bitmaps' | 'clock'>;

/** Extends the windows of a tenant's bitmaps that are right; returns the windows of the others. */
const extendWindows = async (
  { bitmaps, clock }: Refreshing,
  tenantId: string,
  own: readonly CohortWindow[],
): Promise<readonly CohortWindow[]> => {
  const pointers = await bitmaps.pointers(tenantId);
  const used = new Set(own.map(({ cohort }) => cohort));
  await bitmaps.drop(
    tenantId,
    [...pointers.keys()].filter((cohort) => !used.has(cohort)),
  );
  const stale: CohortWindow[] = [];
  for (const window of own) {
    const pointer = pointers.get(window.cohort);
    const isCurrent = pointer !== undefined && isRight(pointer, window);
    const { until } = window;
    if (isCurrent && (await bitmaps.extend(window, { ...pointer, until }))) continue;
    if (pointer !== undefined && !isCurrent && isTooSoon(pointer, clock())) continue;
    stale.push(window);
  }
  return stale;
};

const build = async (
  { windows, bitmaps, clock }: Refreshing,
  window: CohortWindow,
): Promise<void> => {
  const at = clock();
  // Another window may have begun since: its members would be those of another time.
  if (at.getTime() >= window.until) return;
  const members = windows.members(window, at);
  const built = await bitmaps.build(window, members, { ...window, builtAt: at.getTime() });
  bitmapsBuiltTotal.inc({ outcome: built ? 'built' : 'lost' });
};

/** Whether nothing changed since a bitmap was built, and its window was extended recently. */
const isRight = ({ builtAt, until }: BitmapPointer, window: CohortWindow): boolean =>
  until > window.until - 3_600_000 && (window.changedAt ?? 0) <= builtAt;

/** The bitmap of a large cohort that changes all the time is not rebuilt all the time. */
const isTooSoon = ({ builtAt, size }: BitmapPointer, now: Date): boolean =>
  now.getTime() - builtAt < (size / membersPerSecond) * 1000;
