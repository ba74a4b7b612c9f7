import { withSql } from '#scripts/platform/with-sql.ts';
import { type Figure, toFigure } from '../core/figure.ts';
import type { Bench, Row } from '../core/row.ts';
import { playCampaigns } from './campaigns/campaign-pipeline.ts';
import { createWorld } from './campaigns/campaign-world.ts';
import { createDoors, type Door } from './orders/award-door.ts';
import { turnEverythingOn } from './orders/engine-terms.ts';
import { requireSound } from './orders/require-sound.ts';
import { createStores } from './pipeline/create-stores.ts';
import { onStores } from './pipeline/on-stores.ts';
import { batchingBundles } from './pipeline/pipeline-bundles.ts';

/**
 * What orders and actions leave in Postgres, table by table, and how many of the updates were
 * heap-only.
 */
export const footprintRow: Row = {
  name: 'footprint',
  summary: 'rows and bytes that a million orders or actions leave in Postgres',
  needs: ['postgres', 'redis', 'kafka'],
  measure: async (bench) => ({
    // Actions first: the sources of the platform deliver what the orders leave in its topics, too.
    figures: [...(await actionsLeave(bench)), ...(await ordersLeave(bench))],
    voids: [],
  }),
};

const ordersLeave = async (bench: Bench): Promise<readonly Figure[]> => {
  const openDoor = await createDoors(bench);
  const orders = bench.quick ? 2_000 : 50_000;
  const left = async (what: string, door: Door) => {
    bench.log(what);
    const { port } = await door.open();
    const { databaseUrl } = door.stores;
    const send = () => door.send(port, { orders, connections: 200 });
    return leftBehind({ databaseUrl, what, count: orders }, send);
  };
  return [
    ...(await left('plain orders', await openDoor({ name: 'plain' }))),
    ...(await left(
      'orders with everything on',
      await openDoor({
        name: 'engine',
        prepare: (url) => turnEverythingOn(url),
        check: (_stream, stores) => requireSound(stores),
      }),
    )),
  ];
};

const actionsLeave = async (bench: Bench): Promise<readonly Figure[]> => {
  const { batched } = await batchingBundles(bench.directory, []);
  const stores = await createStores(bench);
  const { databaseUrl } = stores;
  await createWorld(databaseUrl);
  const actions = bench.quick ? 2_000 : 20_000;
  const own = onStores(bench, stores);
  bench.log('actions');
  return playCampaigns(own, { bundles: batched, besides: ['push-notification'] }, (send) =>
    leftBehind({ databaseUrl, what: 'actions', count: actions }, () => send({ actions })),
  );
};

type Counted = Readonly<{ databaseUrl: string; what: string; count: number }>;
type Table = Readonly<{
  name: string;
  rows: number;
  bytes: number;
  updates: number;
  heapOnly: number;
}>;

/** The growth of tables during some work; the bytes include indexes and free space. */
const leftBehind = async (
  { databaseUrl, what, count }: Counted,
  run: () => Promise<unknown>,
): Promise<readonly Figure[]> => {
  const before = new Map((await readTables(databaseUrl)).map((table) => [table.name, table]));
  await run();
  const after = await readTables(databaseUrl);
  const figure = (name: string, unit: string, value: number) =>
    toFigure({ row: 'footprint', figure: name, unit, values: [value] });
  const grown = after
    .map((table) => ({ ...table, old: before.get(table.name) ?? { rows: 0, bytes: 0 } }))
    .filter(({ bytes, old }) => bytes > old.bytes);
  return grown.flatMap(({ name, rows, bytes, updates, heapOnly, old }) => [
    figure(`${name}, rows of a million ${what}`, 'rows', ((rows - old.rows) * 1_000_000) / count),
    figure(`${name}, size of a million ${what}`, 'MB', (bytes - old.bytes) / count),
    ...(updates < 100
      ? []
      : [figure(`${name}, heap-only updates by ${what}`, '%', (100 * heapOnly) / updates)]),
  ]);
};

/** All tables; one that is partitioned is the sum of its partitions. */
const readTables = (databaseUrl: string): Promise<readonly Table[]> =>
  withSql(databaseUrl, async (sql) => {
    await sql`vacuum (analyze)`;
    const tables = await sql<Omit<Table, 'rows'>[]>`
      select coalesce(pg_partition_root(relid), relid)::regclass::text as name, sum(pg_total_relation_size(relid))::bigint as bytes,
        sum(n_tup_upd)::bigint as updates, sum(n_tup_hot_upd)::bigint as heap_only
      from pg_stat_user_tables group by 1 order by 1`;
    return await Promise.all(
      tables.map(async (table) => {
        const [row] = await sql<
          [{ rows: number }]
        >`select count(*) as rows from ${sql(table.name)}`;
        return { ...table, ...row };
      }),
    );
  });
