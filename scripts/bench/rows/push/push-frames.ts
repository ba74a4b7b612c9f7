import { eventually } from '#scripts/services/eventually.ts';
import { VoidRound } from '../../core/rounds.ts';
import { createLatencies } from '../../load/latencies.ts';
import { clockMs, type OpenSockets } from '../../load/open-sockets.ts';
import { paced } from '../../load/paced.ts';

/** An incentive that is to reach a client as one frame. */
export type Sending = Readonly<{ client: number; incentiveId: string }>;

/** What carries incentives to clients. */
export type Carrier = Readonly<{
  sockets: OpenSockets;
  clients: number;
  send: (sockets: OpenSockets, sendings: readonly Sending[]) => void;
}>;

/** How long the last frames may take. */
const patienceMs = 10_000;

let sentBefore = 0;

/**
 * Sends incentives to clients in turn, and measures from the instant at which each was due to its
 * frame at the client. Percentiles are infinite when not all arrive.
 * @throws VoidRound when a frame arrives twice, or at another client.
 */
export const sendFrames = async (
  { sockets, clients, send }: Carrier,
  pace: Readonly<{ ratePerSecond: number; count: number }>,
) => {
  const { count } = pace;
  const first = sentBefore;
  sentBefore += count;
  const dueAts = new Float64Array(count);
  const sinceStart = clockMs() - performance.now();
  await paced({
    ...pace,
    send: (from, to, dueAt) => {
      const sendings = Array.from({ length: to - from }, (_, place) => {
        const index = from + place;
        dueAts[index] = sinceStart + dueAt(index);
        return { client: index % clients, incentiveId: incentiveIdOf(first + index) };
      });
      send(sockets, sendings);
    },
  });
  const latencies = createLatencies(count);
  const arrived = new Uint8Array(count);
  let wrong = 0;
  const collect = async (): Promise<boolean> => {
    for (const { number, text, atMs } of await sockets.collect()) {
      const index = numberIn(text) - first;
      const dueAtMs = dueAts[index];
      // Not an incentive, or one of an earlier round.
      if (dueAtMs === undefined) continue;
      if (arrived[index] === 1 || number !== index % clients) wrong += 1;
      else latencies.add(atMs - dueAtMs);
      arrived[index] = 1;
    }
    return latencies.count() >= count;
  };
  const isWhole = await eventually(collect, { timeoutMs: patienceMs });
  if (wrong > 0) throw new VoidRound(`${wrong} frames arrived twice, or at another client`);
  return isWhole ? latencies.percentiles() : { p50: Infinity, p99: Infinity };
};

const idPrefix = '00000000-0000-4000-8000-';
const incentiveIdOf = (number: number): string => idPrefix + String(number).padStart(12, '0');

/** The number of the incentive in a frame. */
const numberIn = (text: string): number => {
  const start = text.indexOf(idPrefix);
  return start === -1 ? Number.NaN : Number(text.slice(start + idPrefix.length).slice(0, 12));
};
