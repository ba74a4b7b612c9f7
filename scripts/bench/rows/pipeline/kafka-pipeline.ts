import { expectedPoints } from '#scripts/demo/expected-points.ts';
import type { LocalKnative } from '#scripts/knative/local-knative.ts';
import { generateOrders } from '#scripts/orders/generate-orders.ts';
import type { OrderRecord } from '#scripts/orders/order-record.ts';
import { sendOrders } from '#scripts/orders/send-orders.ts';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { withSql } from '#scripts/platform/with-sql.ts';
import { VoidRound } from '../../core/rounds.ts';
import type { Bench } from '../../core/row.ts';
import { percentile } from '../../core/statistics.ts';
import { type PipelineVariant, pipelineBundles } from './pipeline-bundles.ts';
import { watchLag, withPipeline } from './with-pipeline.ts';

type Stream = Readonly<{ orders: number; ratePerSecond?: number }>;

/**
 * The results of a stream. Latency, in milliseconds, is from an order's record to the record of its
 * event.
 */
type Streamed = Readonly<{
  perSecond: number;
  lagMax: number;
  p50: number;
  p95: number;
  p99: number;
}>;

/** The platform with one variant at its end. */
export type Pipeline = Readonly<{
  /**
   * Sends new orders and waits until all are answered.
   * @throws VoidRound unless each earned its points exactly once.
   */
  stream: (stream: Stream) => Promise<Streamed>;
}>;

/**
 * The functions of an order's path. Those that read its event would take processor time from these,
 * and the no-op function leaves them nothing to read.
 */
const services = ['award-points', 'store-dead-letter'];

let streams = 0;

/**
 * Prepares the pipeline; it is opened for one variant at a time, as all would consume the same
 * topic.
 */
export const createKafkaPipeline = async (bench: Bench) => {
  const bundles = await pipelineBundles(bench.directory);
  const brokers = bench.urlOf('kafka').split(',');
  return {
    open: <Result>(
      variant: PipelineVariant,
      use: (pipeline: Pipeline) => Promise<Result>,
    ): Promise<Result> => {
      const pays = variant !== 'noop';
      return withPipeline(bench, { bundles: bundles[variant], services }, (knative) =>
        use({
          stream: (stream) =>
            run({ stream, knative, brokers, pays, databaseUrl: bench.urlOf('postgres') }),
        }),
      );
    },
  };
};

type Run = Readonly<{
  stream: Stream;
  knative: LocalKnative;
  brokers: readonly string[];
  databaseUrl: string;
  /** Whether the function awards points, which are then checked. */
  pays: boolean;
}>;

const run = async ({ stream, knative, brokers, databaseUrl, pays }: Run): Promise<Streamed> => {
  streams += 1;
  const prefix = `b${process.pid}-${streams}`;
  const records = [
    ...generateOrders({
      seed: streams,
      records: stream.orders,
      customers: 5_000,
      prefix,
      duplicateShare: 0,
    }),
  ];
  const lag = watchLag(knative, 'orders');
  const startedAt = performance.now();
  await sendOrders(records, { brokers, ratePerSecond: stream.ratePerSecond });
  await knative.drained();
  const perSecond = (records.length * 1_000) / (performance.now() - startedAt);
  const lagMax = lag.stop();
  if (pays) await requirePaid({ databaseUrl, prefix, records });
  return {
    perSecond,
    lagMax,
    ...(pays ? await latencies(brokers, prefix) : { p50: NaN, p95: NaN, p99: NaN }),
  };
};

type Sent = Readonly<{ databaseUrl: string; prefix: string; records: readonly OrderRecord[] }>;

const requirePaid = async ({ databaseUrl, prefix, records }: Sent): Promise<void> => {
  const rows = await withSql(
    databaseUrl,
    (sql) => sql<{ customerId: string; points: number }[]>`
      select customer_id, sum(points)::bigint as points
      from points_ledger where starts_with(cause_id, ${`${prefix}-`}) group by customer_id`,
  );
  const expected = expectedPoints(records);
  const wrong = rows.filter(
    ({ customerId, points }) => expected.get(customerId) !== BigInt(points),
  );
  if (rows.length !== expected.size || wrong.length > 0) {
    throw new VoidRound(
      `the ledger differs for ${wrong.length + Math.abs(rows.length - expected.size)} customers`,
    );
  }
};

/**
 * Both timestamps are of the same machine; the event's is taken after the commit and the
 * write-through.
 */
const latencies = async (brokers: readonly string[], prefix: string) => {
  const sentAt = new Map<string, number>();
  for (const { value, timestamp } of await readTopic(brokers, 'orders')) {
    const id = orderIdOf(value);
    if (id.startsWith(`${prefix}-`)) sentAt.set(id, Number(timestamp));
  }
  const waits = (await readTopic(brokers, 'points-events')).map(
    ({ value, timestamp }) => Number(timestamp) - (sentAt.get(orderIdOf(value)) ?? Number.NaN),
  );
  const at = (share: number) => percentile(waits, share);
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
};

const orderIdOf = (value: Buffer | null): string =>
  /"orderId":"([^"]+)"/.exec(String(value))?.[1] ?? '';
