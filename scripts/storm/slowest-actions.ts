import { percentile } from '#scripts/bench/core/statistics.ts';
import { alignColumns } from '#scripts/platform/align-columns.ts';
import { type HopTimes, hops } from './read-hops.ts';

/**
 * An action whose frame arrived: when the connection was opened that it arrived on, and when the
 * one before was lost; times in milliseconds since the epoch.
 */
export type TimedAction = Readonly<{
  eventId: string;
  dueAtMs: number;
  frameAtMs: number;
  lostAtMs: number;
  openedAtMs: number;
}>;

/**
 * Where the time of actions went, as a table for people, in ms: from each hop to the next at the
 * median and the 99th percentile of all actions, and of the slowest ones together with the second
 * at which each was due. Neighbours that are slow at one hop waited for the same pause there.
 */
export const slowestActions = (
  actions: readonly TimedAction[],
  times: HopTimes,
  slowestMax: number,
): string => {
  const firstAtMs = Math.min(...actions.map(({ dueAtMs }) => dueAtMs));
  const timed = actions.map(({ eventId, dueAtMs, frameAtMs }) => {
    const seen = [dueAtMs, ...(times.get(eventId) ?? hops.map(() => Number.NaN)), frameAtMs];
    const gaps = seen.slice(1).map((atMs, index) => atMs - (seen[index] ?? Number.NaN));
    return { dueAtMs, waits: [frameAtMs - dueAtMs, ...gaps] };
  });
  const waitsAt = (share: number) =>
    ['total', ...hops, 'frame'].map((_, column) =>
      percentile(
        timed.map(({ waits }) => waits[column] ?? Number.NaN),
        share,
      ),
    );
  const slowest = timed
    .toSorted((one, other) => (other.waits[0] ?? 0) - (one.waits[0] ?? 0))
    .slice(0, slowestMax)
    .map(({ dueAtMs, waits }) => lineOf(`${((dueAtMs - firstAtMs) / 1_000).toFixed(1)} s`, waits));
  const head = ['due', 'total', ...hops, 'frame'];
  const all = [lineOf('p50', waitsAt(0.5)), lineOf('p99', waitsAt(0.99))];
  return alignColumns([head, ...all, ...slowest], () => true);
};

const lineOf = (name: string, waits: readonly number[]): readonly string[] => [
  name,
  ...waits.map((ms) => (Number.isNaN(ms) ? '?' : String(Math.round(ms)))),
];
