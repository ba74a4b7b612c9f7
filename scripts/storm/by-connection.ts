import { createLatencies } from '#scripts/bench/load/latencies.ts';
import { type HopTimes, hops } from './read-hops.ts';
import type { TimedAction } from './slowest-actions.ts';

const recorded = hops.indexOf('push-notification');

/** Latencies of frames, in ms. */
type Waits = Readonly<{ actions: number; p50: number; p95: number; p99: number }>;

const waitsOf = (waits: readonly number[]): Waits => {
  const latencies = createLatencies(waits.length);
  for (const ms of waits) latencies.add(ms);
  return { actions: waits.length, ...latencies.percentiles() };
};

/**
 * How long actions waited for their frames, by whether the client was connected when the message
 * was recorded. A frame cannot arrive before its client reconnects; `sinceOpened` is the latency
 * from then.
 */
export const byConnection = (actions: readonly TimedAction[], times: HopTimes) => {
  const wasAway = ({ eventId, lostAtMs, openedAtMs }: TimedAction): boolean => {
    const recordedAtMs = times.get(eventId)?.[recorded] ?? Number.NaN;
    return recordedAtMs >= lostAtMs && recordedAtMs < openedAtMs;
  };
  const waited = ({ dueAtMs, frameAtMs }: TimedAction) => frameAtMs - dueAtMs;
  const [connected, away] = [actions.filter((each) => !wasAway(each)), actions.filter(wasAway)];
  return {
    connected: waitsOf(connected.map(waited)),
    away: waitsOf(away.map(waited)),
    sinceOpened: waitsOf(away.map(({ openedAtMs, frameAtMs }) => frameAtMs - openedAtMs)),
  };
};
