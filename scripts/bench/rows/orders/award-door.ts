import { cp } from 'node:fs/promises';
import { buildFunctions } from '#scripts/build.ts';
import { VoidRound } from '../../core/rounds.ts';
import type { Bench } from '../../core/row.ts';
import type { BenchServer } from '../../core/server.ts';
import { type LoadResult, type RunningLoad, startLoad } from '../../load/load.ts';
import type { OrderStream } from '../../load/order-stream.ts';
import { createStores } from '../pipeline/create-stores.ts';
import { createEventsTopics } from '../pipeline/events-topic.ts';
import { requirePaid, type Stores } from './paid-orders.ts';

/** How orders are sent. */
type Sending = Readonly<{
  orders: number;
  connections: number;
  hotPercent?: number;
  /** Whether the customers order in turn. */
  inTurn?: boolean;
  ratePerSecond?: number;
}>;

/** award-points by HTTP, with its own database and cache. */
export type Door = Readonly<{
  /** Starts one more process of it. */
  open: () => Promise<BenchServer>;
  /** Starts sending new orders to one of its processes. */
  start: (port: number, sending: Sending) => RunningLoad & Readonly<{ stream: OrderStream }>;
  /**
   * Sends orders and waits for all answers.
   * @throws VoidRound unless each was accepted and paid exactly once.
   */
  send: (port: number, sending: Sending) => Promise<LoadResult>;
  stores: Stores;
}>;

type Options = Readonly<{
  name: string;
  /** Arguments of node, given the bundle; by default the bundle itself. */
  command?: (bundle: string) => readonly string[];
  environment?: Readonly<Record<string, string>>;
  /** Prepares the database before the first order. */
  prepare?: (databaseUrl: string) => Promise<void>;
  /** Compares a stream with its results. @throws VoidRound naming what differs. */
  check?: (stream: OrderStream, stores: Stores) => Promise<void>;
}>;

/** How many customers streams have, apart from the walk-in customer. */
export const customers = 5_000;
let streams = 0;

/** Prepares what all rows share: the production bundle and the topic of the events. */
export const createDoors = async (bench: Bench) => {
  await buildFunctions();
  const bundle = `${bench.directory}/award-points/index.js`;
  await cp('dist/award-points/index.js', bundle);
  await createEventsTopics(bench.urlOf('kafka'), ['points-events']);

  return async (options: Options): Promise<Door> => {
    const { name, command = asItIs, environment, check = requirePaid } = options;
    const stores = await createStores(bench);
    await options.prepare?.(stores.databaseUrl);
    const open = () =>
      bench.start({
        name,
        node: command(bundle),
        environment: {
          DATABASE_URL: stores.databaseUrl,
          REDIS_URL: stores.redisUrl,
          KAFKA_BROKERS: bench.urlOf('kafka'),
          ...environment,
        },
      });
    return { open, start, send: (port, sending) => send(port, sending, { stores, check }), stores };
  };
};

const asItIs = (bundle: string): readonly string[] => [bundle];

const start: Door['start'] = (port, { orders, hotPercent = 0, inTurn = false, ...pace }) => {
  streams += 1;
  // A day after the previous stream, as time passes in a shop.
  const firstPlacedAt = new Date(Date.UTC(2026, 0, streams)).toISOString();
  const stream = {
    seed: streams,
    orders,
    customers,
    prefix: `b${streams}`,
    firstPlacedAt,
    hotPercent,
    inTurn,
  };
  const module = new URL('../../load/order-requests.ts', import.meta.url).href;
  return { stream, ...startLoad({ port, ...pace, requests: { module, options: stream } }) };
};

const send = async (
  port: number,
  sending: Sending,
  { stores, check }: Readonly<{ stores: Stores }> & Required<Pick<Options, 'check'>>,
): Promise<LoadResult> => {
  const { stream, result } = start(port, sending);
  const load = await result;
  if (load.statuses['204'] !== sending.orders) {
    const answers = JSON.stringify({ ...load.statuses, broken: load.failed });
    throw new VoidRound(`of ${sending.orders} orders not all were accepted: ${answers}`);
  }
  await check(stream, stores);
  return load;
};
