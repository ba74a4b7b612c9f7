import { setTimeout as sleep } from 'node:timers/promises';
import { usageOf } from '#scripts/bench/core/processor-time.ts';
import { createLatencies } from '#scripts/bench/load/latencies.ts';
import { paced } from '#scripts/bench/load/paced.ts';
import type { TimedAction } from './slowest-actions.ts';
import type { Arrival } from './storm-clients.ts';
import type { Storm } from './storm-world.ts';

type Play = Readonly<{
  ratePerSecond: number;
  seconds: number;
  /** Percentage of the clients that are cut off each second; by default none. */
  cutPercent?: number;
  /** Seconds after which a pod is replaced, in turn, as in a rollout; omitted: never. */
  replaceSeconds?: number;
  /** Seconds after which a pod is killed; omitted: never. */
  killSeconds?: number;
}>;

/** The result of sending actions at a rate. */
export type Played = Readonly<{
  actions: number;
  ratePerSecond: number;
  /** From the instant at which an action was due to the frame of its incentive, in ms. */
  p50: number;
  p95: number;
  p99: number;
  /** The actions whose frames arrived. */
  timed: readonly TimedAction[];
  /** Violations, as sentences; empty if each incentive arrived once. */
  wrong: readonly string[];
  /** Processor time per action, by function; `here` are clients, source, routing and producer. */
  cpuMicros: Readonly<Record<string, number>>;
}>;

/** How long the last frames may take: the minute's tick and a heartbeat find what was lost. */
const patienceMs = 150_000;

let plays = 0;

/**
 * Sends actions of the clients' users in turn, at fixed instants, and collects the frames of what
 * they earn.
 */
export const playActions = async (storm: Storm, play: Play): Promise<Played> => {
  const { clientCount } = storm;
  const prefix = `storm-${(plays += 1)}-`;
  const actions = Math.round(play.ratePerSecond * play.seconds);
  const dueAtMs = new Float64Array(actions);
  const before = await cpuOf(storm);
  const clear = makeWeather(storm, play);
  const sending: Promise<void>[] = [];
  await paced({
    count: actions,
    ratePerSecond: play.ratePerSecond,
    send: (from, to, dueAt) => {
      const due = Array.from({ length: to - from }, (_, place) => from + place);
      for (const index of due) dueAtMs[index] = performance.timeOrigin + dueAt(index);
      const records = due.map((index) => ({
        eventId: `${prefix}${index}`,
        client: index % clientCount,
      }));
      sending.push(storm.send(records));
    },
  });
  await Promise.all(sending);
  const replaced = clear();
  const arrivals = await collectAll(storm, actions);
  await replaced;
  const after = await cpuOf(storm);

  const expected = new Map(
    Array.from(dueAtMs, (atMs, index) => {
      const eventId = `${prefix}${index}`;
      const action = { eventId, client: index % clientCount, dueAtMs: atMs };
      return [storm.incentiveOf(eventId), action] as const;
    }),
  );
  const timed = arrivals.flatMap(({ incentiveId, atMs, lostAtMs, openedAtMs }) => {
    const action = expected.get(incentiveId);
    return action === undefined ? [] : [{ ...action, frameAtMs: atMs, lostAtMs, openedAtMs }];
  });
  const latencies = createLatencies(timed.length);
  for (const { dueAtMs, frameAtMs } of timed) latencies.add(frameAtMs - dueAtMs);
  const { p50, p95, p99 } = latencies.percentiles();
  const issued = await storm.issued(prefix);
  return {
    ...{ actions, p50, p95, p99, timed, ratePerSecond: play.ratePerSecond },
    wrong: wrongIn(arrivals, expected, issued),
    cpuMicros: perAction(before, after, actions),
  };
};

type Expected = ReadonlyMap<string, Readonly<{ client: number }>>;

const wrongIn = (
  arrivals: readonly Arrival[],
  expected: Expected,
  issued: number,
): readonly string[] => {
  const arrived = new Map(arrivals.map((arrival) => [arrival.incentiveId, arrival]));
  const missing = [...expected.keys()].filter((id) => !arrived.has(id)).length;
  const elsewhere = arrivals.filter(
    ({ incentiveId, client }) => expected.get(incentiveId)?.client !== client,
  ).length;
  const twice = arrivals.length - arrived.size;
  return [
    ...(issued === expected.size ? [] : [`${issued} of ${expected.size} incentives were issued`]),
    ...(missing === 0 ? [] : [`${missing} incentives did not arrive`]),
    ...(twice === 0 ? [] : [`${twice} frames arrived twice`]),
    ...(elsewhere === 0 ? [] : [`${elsewhere} frames arrived at another client`]),
  ];
};

const collectAll = async ({ clients }: Storm, count: number): Promise<readonly Arrival[]> => {
  const arrivals: Arrival[] = [];
  const deadline = performance.now() + patienceMs;
  while (arrivals.length < count && performance.now() < deadline) {
    await sleep(200);
    arrivals.push(...(await clients.collect()));
  }
  return arrivals;
};

/** Clients are not cut off all at once, but as lossy networks do it. */
const cutsPerSecond = 20;

/**
 * Cuts clients, and kills and replaces pods, until the function that it returns is called. That
 * resolves once the replaced pods have ended.
 */
const makeWeather = (
  { clients, platform: { knative } }: Storm,
  { cutPercent = 0, replaceSeconds = 0, killSeconds = 0 }: Play,
): (() => Promise<unknown>) => {
  const replaced: Promise<void>[] = [];
  const timers: NodeJS.Timeout[] = [];
  const every = (periodSeconds: number, strike: () => void) => {
    if (periodSeconds > 0) timers.push(setInterval(strike, periodSeconds * 1_000));
  };
  every(cutPercent > 0 ? 1 / cutsPerSecond : 0, () =>
    clients.cut(cutPercent / 100 / cutsPerSecond),
  );
  every(replaceSeconds, () => replaced.push(knative.replace('connect-client')));
  every(killSeconds, () => knative.kill('connect-client', 'SIGKILL'));
  return () => {
    for (const timer of timers) clearInterval(timer);
    return Promise.all(replaced);
  };
};

/** Processor time used so far, by the name of a process and its id. */
type CpuTime = ReadonlyMap<string, number>;

const cpuOf = async ({ platform }: Storm): Promise<CpuTime> => {
  const pids = { ...platform.knative.pids(), here: process.pid };
  const used = Object.entries(pids).map(
    async ([name, pid]) => [`${name} ${pid}`, (await usageOf(pid)).cpuMicros] as const,
  );
  return new Map(await Promise.all(used));
};

/** Without the processes that ended meanwhile. */
const perAction = (before: CpuTime, after: CpuTime, actions: number): Played['cpuMicros'] =>
  Object.fromEntries(
    Array.from(after, ([process, micros]) => [
      process.split(' ')[0] ?? '',
      Math.round((micros - (before.get(process) ?? 0)) / actions),
    ]),
  );
