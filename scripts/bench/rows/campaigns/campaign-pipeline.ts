import type { LocalKnative } from '#scripts/knative/local-knative.ts';
import { sendOrders } from '#scripts/orders/send-orders.ts';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { withSql } from '#scripts/platform/with-sql.ts';
import { VoidRound } from '../../core/rounds.ts';
import type { Bench } from '../../core/row.ts';
import { percentile } from '../../core/statistics.ts';
import { requireSound } from '../orders/require-sound.ts';
import { watchLag, withPipeline } from '../pipeline/with-pipeline.ts';
import { generateBusyActions } from './campaign-world.ts';

/**
 * The functions between an action and its incentive, and the one that counts its hits. Others would
 * take processor time from these.
 */
const services = ['evaluate-campaign', 'check-limit', 'update-sketch', 'store-dead-letter'];

/** How many actions are sent, and how fast. */
type ActionStream = Readonly<{ actions: number; ratePerSecond?: number }>;

type Played = Readonly<{
  /** The folder of bundles. */
  bundles: string;
  /** Further functions to run. */
  besides?: readonly string[];
}>;

/** Sends a stream of actions and waits until all of its effects are recorded. */
export type SendActions = (stream: ActionStream) => ReturnType<typeof streamActions>;

/**
 * Runs the pipeline of campaigns while streams of actions are sent. Everything is audited once,
 * after the last stream: an audit in between would fill the cache of Postgres with what it reads,
 * and idle connections would be closed meanwhile.
 * @throws VoidRound when an action was not recorded once, or the audit finds anything wrong
 */
export const playCampaigns = async <Result>(
  bench: Bench,
  { bundles, besides = [] }: Played,
  use: (send: SendActions) => Promise<Result>,
): Promise<Result> =>
  withPipeline(bench, { bundles, services: [...services, ...besides] }, async (knative) => {
    const result = await use((stream) => streamActions(bench, knative, stream));
    await requireSound({ databaseUrl: bench.urlOf('postgres') });
    return result;
  });

let streams = 0;

/**
 * Sends new actions and waits until they and all events that follow are answered. Latency, in
 * milliseconds, is from record to record: all timestamps are of this machine.
 * @throws VoidRound unless each was recorded once.
 */
const streamActions = async (bench: Bench, knative: LocalKnative, stream: ActionStream) => {
  streams += 1;
  const prefix = `b${process.pid}-${streams}`;
  const records = generateBusyActions({
    seed: streams,
    actions: stream.actions,
    users: 5_000,
    prefix,
  });
  const lag = watchLag(knative, 'tenant-events');
  const before = await answersOf(knative);
  const startedAt = performance.now();
  const brokers = bench.urlOf('kafka').split(',');
  const { ratePerSecond } = stream;
  await sendOrders(records, { brokers, topic: 'tenant-events', ratePerSecond });
  await knative.drained();
  const perSecond = (records.length * 1_000) / (performance.now() - startedAt);
  const lagMax = lag.stop();
  const answered = withinTarget(before, await answersOf(knative));
  await requireRecorded(bench.urlOf('postgres'), { prefix, actions: stream.actions });
  return {
    perSecond,
    lagMax,
    ...answered,
    ...(await latencies(brokers, { prefix, actions: stream.actions })),
  };
};

/**
 * How many requests each function has answered, and how many of them within 50 ms, a bucket of its
 * histogram.
 */
const answersOf = async (knative: LocalKnative) => {
  const read = async (service: string) => {
    const text = await (await fetch(knative.metrics(service))).text();
    const valueOf = (series: string) =>
      Number(text.split(`guerdon_request_duration_seconds_${series} `)[1]?.split('\n', 1)[0]);
    return { all: valueOf('count'), within: valueOf('bucket{le="0.05"}') };
  };
  return { evaluate: await read('evaluate-campaign'), limit: await read('check-limit') };
};

type Answers = Awaited<ReturnType<typeof answersOf>>;

/** The share of requests, in percent, that were answered within 50 ms. */
const withinTarget = (before: Answers, after: Answers) => {
  const share = (of: keyof Answers) =>
    (100 * (after[of].within - before[of].within)) / (after[of].all - before[of].all);
  return { evaluateWithin: share('evaluate'), limitWithin: share('limit') };
};

type Sent = Readonly<{ prefix: string; actions: number }>;

const requireRecorded = (url: string, { prefix, actions }: Sent): Promise<void> =>
  withSql(url, async (sql) => {
    const [row] = await sql<{ recorded: number }[]>`
      select count(*)::int as recorded from events where starts_with(event_id, ${`${prefix}-`})`;
    if (row?.recorded !== actions)
      throw new VoidRound(`${row?.recorded} of ${actions} were recorded`);
  });

const latencies = async (brokers: readonly string[], { prefix, actions }: Sent) => {
  const sentAt = await timesOf(brokers, { topic: 'tenant-events', prefix, id: 'eventId' });
  const qualifiedAt = await timesOf(brokers, {
    topic: 'campaign-qualified',
    prefix,
    id: 'eventId',
  });
  const issuedAt = await timesOf(brokers, {
    topic: 'incentive-generated',
    prefix,
    id: 'incentiveId',
  });
  const between = (from: Times, to: Times) =>
    [...to.values()].map(({ at, eventId }) => at - (from.get(eventId)?.at ?? Number.NaN));
  const qualified = between(sentAt, qualifiedAt);
  const issued = between(qualifiedAt, issuedAt);
  const whole = between(sentAt, issuedAt);
  return {
    incentivesPerAction: issuedAt.size / actions,
    evaluateP50: percentile(qualified, 0.5),
    evaluateP95: percentile(qualified, 0.95),
    limitP50: percentile(issued, 0.5),
    limitP95: percentile(issued, 0.95),
    wholeP95: percentile(whole, 0.95),
  };
};

type Wanted = Readonly<{ topic: string; prefix: string; id: 'eventId' | 'incentiveId' }>;

type Times = ReadonlyMap<string, Readonly<{ at: number; eventId: string }>>;

/** When the records of a stream were first written, by an id in them. */
const timesOf = async (
  brokers: readonly string[],
  { topic, prefix, id }: Wanted,
): Promise<Times> => {
  const times = new Map<string, Readonly<{ at: number; eventId: string }>>();
  for (const { value, timestamp } of await readTopic(brokers, topic)) {
    const eventId = textOf(value, 'eventId');
    const key = textOf(value, id);
    if (eventId.startsWith(`${prefix}-`) && !times.has(key))
      times.set(key, { at: Number(timestamp), eventId });
  }
  return times;
};

const textOf = (value: Buffer | null, field: string): string =>
  new RegExp(`"${field}":"([^"]+)"`).exec(String(value))?.[1] ?? '';
