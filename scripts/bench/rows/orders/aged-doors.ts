import { busyCustomers } from '../../aged/fill-ledger.ts';
import { agedFigures, timesSlowerMax } from '../../core/aged-figures.ts';
import { pacedRate } from '../../core/paced-rate.ts';
import { interleave, type Measure, VoidRound } from '../../core/rounds.ts';
import { type Bench, figuresOf, type RowResult } from '../../core/row.ts';
import { runLoad } from '../../load/load.ts';
import type { GivenRecords } from '../../load/record-requests.ts';
import { createDoors, customers, type Door } from './award-door.ts';
import { countPaid, type Stores } from './paid-orders.ts';

/** How award-points is measured in an aged world and in a young one. */
type AgedDoors = Readonly<{
  row: string;
  prepare: Readonly<Record<World, (databaseUrl: string) => Promise<void>>>;
  /**
   * Records that are sent one after the other: what they are called, and how they are made for a
   * database.
   */
  single: Readonly<{
    figure: string;
    records: (databaseUrl: string) => Promise<GivenRecords['records']>;
  }>;
  /**
   * Compares a world with a recomputation, after all rounds.
   * @throws VoidRound naming what differs.
   */
  check: (stores: Stores) => Promise<void>;
}>;

type World = 'young' | 'aged';
type Variant = World | `${World}Paced` | `${World}Single`;

const connections = 200;

/**
 * Sends orders to award-points with a history and without one, in the same rounds. A tenth of the
 * orders are the walk-in customer's.
 */
export const measureAgedDoors = async (bench: Bench, row: AgedDoors): Promise<RowResult> => {
  const openDoor = await createDoors(bench);
  const open = async (world: World) => {
    bench.log(`making the ${world} world`);
    const door = await openDoor({ name: world, prepare: row.prepare[world], check: requireAll });
    return { door, port: (await door.open()).port };
  };
  const worlds = { young: await open('young'), aged: await open('aged') };
  const scale = bench.quick ? 0.1 : 1;
  const sustained: number[] = [];
  for (const { door, port } of Object.values(worlds)) {
    // SQL filled only the ledger: award-points computes the state of a wallet, which in
    // production exists, with the customer's next order. The walk-in customer and those with 20,000
    // orders come first, one by one, because a request has a deadline.
    bench.log('each customer orders once');
    const longPasts = { orders: 1 + busyCustomers, hotPercent: 1, connections: 1 };
    for (const sending of [longPasts, { orders: customers, connections }])
      await door.send(port, { ...sending, inTurn: true });
    bench.log('warming up');
    const warmUp = { orders: 30_000 * scale, connections, hotPercent: 10 };
    sustained.push((await door.send(port, warmUp)).perSecond);
  }
  const plan = { ...row, scale, ratePerSecond: pacedRate(...sustained) };
  const variants = {
    ...measuresOf('young', worlds.young, plan),
    ...measuresOf('aged', worlds.aged, plan),
  } as Readonly<Record<Variant, Measure>>;
  const rounds = await interleave({ variants, rounds: bench.quick ? 1 : 3, log: bench.log });
  for (const { door } of Object.values(worlds)) await row.check(door.stores);
  return { figures: figures(row, rounds), voids: rounds.voids };
};

type Opened = Readonly<{ door: Door; port: number }>;
type Plan = Pick<AgedDoors, 'single'> & Readonly<{ scale: number; ratePerSecond: number }>;

/** How long orders are sent at a fixed rate. */
const pacedSeconds = 8;

const measuresOf = (
  world: World,
  { door, port }: Opened,
  { single, scale, ratePerSecond }: Plan,
): Readonly<Record<string, Measure>> => ({
  [world]: async () => {
    const sending = { orders: 20_000 * scale, connections, hotPercent: 10 };
    const { perSecond } = await door.send(port, sending);
    return { perSecond };
  },
  [`${world}Paced`]: async () => {
    const orders = Math.ceil(pacedSeconds * ratePerSecond * scale);
    const sending = { orders, connections, hotPercent: 10, ratePerSecond };
    const { p50, p95, p99 } = await door.send(port, sending);
    return { ratePerSecond, p50, p95, p99 };
  },
  [`${world}Single`]: async () => {
    const records = await single.records(door.stores.databaseUrl);
    const module = new URL('../../load/record-requests.ts', import.meta.url).href;
    const requests = { module, options: { records } };
    const { statuses, p50, max } = await runLoad({ port, connections: 1, requests });
    if (statuses['204'] !== records.length)
      throw new VoidRound(`of ${records.length} records not all: ${JSON.stringify(statuses)}`);
    return { p50, max };
  },
});

const requireAll = async ({ prefix, orders }: { prefix: string; orders: number }, at: Stores) => {
  const paid = await countPaid(prefix, at);
  if (paid !== orders) throw new VoidRound(`${paid} of ${orders} orders were paid`);
};

const figures = (
  { row, single }: AgedDoors,
  rounds: Parameters<typeof figuresOf<Variant>>[1],
): RowResult['figures'] => {
  return figuresOf<Variant>(row, rounds, [
    ...agedFigures('sustained, aged', 'orders/s'),
    {
      ...{ figure: `${single.figure}, p50, aged`, unit: 'ms', of: 'p50', variant: 'agedSingle' },
      baseline: { name: 'young', variant: 'youngSingle' },
      target: [{ of: 'ratio', atMost: timesSlowerMax }],
    },
  ]);
};
