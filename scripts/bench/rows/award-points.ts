import { interleave, type Measure } from '../core/rounds.ts';
import { type Bench, figuresOf, type Row } from '../core/row.ts';
import { measureAgedAwards } from './orders/aged-orders.ts';
import { createDoors, type Door } from './orders/award-door.ts';

/**
 * award-points by HTTP: durable, with Postgres, Redis, Kafka and the generator on the same
 * processors.
 */
export const awardPointsRow: Row = {
  name: 'award-points',
  summary: 'orders by HTTP into the ledger, compared with one order per commit',
  needs: ['postgres', 'redis', 'kafka'],
  measure: async (bench) => {
    const rounds = await measureAll(bench);
    return { figures: figures(rounds), voids: rounds.voids };
  },
  measureAged: measureAgedAwards,
};

/** How many orders, and how many in a hundred go to one customer. */
type Share = Readonly<{ count: number; hotPercent?: number }>;

type Variant = 'batched' | 'single' | 'hotBatched' | 'hotSingle' | 'paced';

/**
 * As many as two consumers of the source keep in flight, and as a pod may have
 * (containerConcurrency).
 */
const connections = 200;

const measureAll = async (bench: Bench) => {
  const openDoor = await createDoors(bench);
  const batched = await openDoor({ name: 'batched' });
  const single = await openDoor({ name: 'single', environment: singleOrders });
  const { port: batchedPort } = await batched.open();
  const { port: singlePort } = await single.open();

  const scale = bench.quick ? 0.1 : 1;
  const full =
    (door: Door, port: number, { count, hotPercent = 0 }: Share): Measure =>
    async () => {
      const orders = Math.round(count * scale);
      const { perSecond, p99 } = await door.send(port, { orders, connections, hotPercent });
      return { perSecond, p99 };
    };
  const variants: Record<Variant, Measure> = {
    batched: full(batched, batchedPort, { count: 40_000 }),
    single: full(single, singlePort, { count: 10_000 }),
    hotBatched: full(batched, batchedPort, { count: 40_000, hotPercent: 90 }),
    hotSingle: full(single, singlePort, { count: 5_000, hotPercent: 90 }),
    paced: async () => {
      const sending = { orders: 8_000 * scale, connections, ratePerSecond: 1_000 };
      const { p50, p95, p99, max } = await batched.send(batchedPort, sending);
      return { p50, p95, p99, max };
    },
  };
  bench.log('warming up');
  await batched.send(batchedPort, { orders: 20_000 * scale, connections });
  await single.send(singlePort, { orders: 5_000 * scale, connections });
  return interleave({ variants, rounds: bench.quick ? 1 : 5, log: bench.log });
};

/** The same code without batches; it gets the connections that batches make unnecessary. */
const singleOrders = { BATCH_ITEMS_MAX: '1', DATABASE_POOL_MAX: '16' };

const figures = (rounds: Parameters<typeof figuresOf<Variant>>[1]) => {
  const baseline = 'one order per commit';
  const paced = { unit: 'ms', variant: 'paced' } as const;
  return figuresOf<Variant>('award-points', rounds, [
    {
      figure: 'sustained',
      unit: 'orders/s',
      of: 'perSecond',
      variant: 'batched',
      baseline: { name: baseline, variant: 'single' },
      target: [{ of: 'ratio', atLeast: 14 }],
    },
    {
      figure: 'sustained, 90 % of them one customer’s',
      unit: 'orders/s',
      of: 'perSecond',
      variant: 'hotBatched',
      baseline: { name: baseline, variant: 'hotSingle' },
      target: [{ of: 'ratio', atLeast: 4 }],
    },
    { ...paced, figure: 'p50 at 1,000/s', of: 'p50' },
    { ...paced, figure: 'p95 at 1,000/s', of: 'p95' },
    {
      ...paced,
      figure: 'p99 at 1,000/s',
      of: 'p99',
      baseline: { name: 'its p95', variant: 'paced', of: 'p95' },
      target: [{ of: 'ratio', atMost: 2 }],
    },
  ]);
};
