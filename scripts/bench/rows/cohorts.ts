import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ChangeKey } from '#shared/stores/postgres/cohorts/change-rows.ts';
import { cohortLists } from '#shared/stores/postgres/cohorts/cohort-lists.ts';
import {
  type CohortMemberships,
  cohortMemberships,
} from '#shared/stores/postgres/cohorts/cohort-memberships.ts';
import { cohortUploads } from '#shared/stores/postgres/cohorts/cohort-uploads.ts';
import { cohortWindows } from '#shared/stores/postgres/cohorts/cohort-windows.ts';
import { recomputations } from '#shared/stores/postgres/cohorts/recomputations.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { cachedMemberships } from '#shared/stores/redis/cached-memberships.ts';
import { cohortBitmaps } from '#shared/stores/redis/cohort-bitmaps.ts';
import { connectRedis } from '#shared/stores/redis/connect.ts';
import { redisCircuit } from '#shared/stores/redis/redis-availability.ts';
import { toFigure } from '../core/figure.ts';
import { interleave } from '../core/rounds.ts';
import { type Bench, figuresOf, type Row } from '../core/row.ts';
import { createLatencies } from '../load/latencies.ts';
import { createStores } from './create-stores.ts';

/** A cohort of millions: uploaded, written, built as a bitmap, and looked up meanwhile. */
export const cohortsRow: Row = {
  name: 'cohorts',
  summary: 'upload of a cohort, its bitmap, and lookups of members beside Postgres',
  needs: ['postgres', 'redis'],
  measure: async (bench) => {
    const world = await openWorld(bench);
    try {
      return await measureAll(bench, world);
    } finally {
      await world.close();
    }
  },
};

const cohort = 'many';
const tenantId = 'default';
const batchRows = 10_000;
const questionsPerBatch = 100;
/** Cohorts that the campaigns of one action use: the large one, and small ones. */
const cohortNames = [cohort, ...Array.from({ length: 9 }, (_, index) => `few-${index}`)];
const callsMax = 1_000_000;

const openWorld = async (bench: Bench) => {
  const { databaseUrl, redisUrl } = await createStores(bench);
  const sql = connectPostgres({ url: databaseUrl, max: 4 });
  const redis = connectRedis(redisUrl);
  const definition = { description: undefined, definition: undefined, members: [] };
  const made = await cohortLists(sql).create(
    { tenantId, cohort, name: 'Many', ...definition, createdBy: 'bench', requestKey: 'bench' },
    new Date(),
  );
  if (made.kind !== 'created') throw new Error(`The cohort could not be created: ${made.kind}`);
  const { cohortId } = made.cohort;
  const changes = recomputations(sql);
  // Changes take effect minutes to hours ahead: they are made as of a time long enough ago.
  const clock = () => new Date(Date.now() - 4 * 3_600_000);
  const upload = async (customers: Generator<string>): Promise<ChangeKey> => {
    const uploads = cohortUploads(sql);
    const key = { tenantId, cohortId, changeId: randomUUID() };
    await uploads.start(key, { mode: 'ADD', subject: 'bench', at: clock(), openMax: 9 });
    for (let from = 0; ; from += batchRows) {
      const batch = [...customers.take(batchRows)];
      if (batch.length === 0) break;
      await uploads.stage(key, { from, rows: batch.length, customers: batch, refused: [] });
    }
    await uploads.complete(key, 'bench');
    return key;
  };
  const apply = (key: ChangeKey) =>
    changes.apply(key, {
      clock,
      domainEventOf: () => ({ id: randomUUID(), time: new Date() }),
    });
  const bitmaps = cohortBitmaps(redis);
  const build = async () => {
    const now = new Date();
    const members = cohortWindows(sql).members({ tenantId, cohort }, now);
    const [from, until] = [now.getTime() - 3_600_000, now.getTime() + 86_400_000];
    await bitmaps.build({ tenantId, cohort }, members, { from, until, builtAt: now.getTime() });
  };
  const postgres = cohortMemberships(sql);
  const cached = cachedMemberships({ memberships: postgres, bitmaps, circuit: redisCircuit() });
  const close = async () => {
    await sql.end();
    await redis.quit();
  };
  return { redis, bitmaps, upload, apply, build, postgres, cached, close };
};

type World = Awaited<ReturnType<typeof openWorld>>;

/** Builds the small cohorts, of which only the bitmaps exist. */
const buildFew = async ({ bitmaps }: World, count: number): Promise<void> => {
  const builtAt = Date.now();
  const [from, until] = [builtAt - 3_600_000, builtAt + 86_400_000];
  for (const few of cohortNames.slice(1)) {
    const members = Readable.from(customersFrom(0, count)) as AsyncIterable<string>;
    await bitmaps.build({ tenantId, cohort: few }, members, { from, until, builtAt });
  }
};

const secondsOf = async (work: () => Promise<unknown>): Promise<number> => {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
};

function* customersFrom(first: number, count: number): Generator<string> {
  for (let number = first; number < first + count; number += 1) yield `c-${number}`;
}

type LookUp = Readonly<{
  members: number;
  /** Users looked up at once: 1 is what a single event costs. */
  users: number;
  isOver: (calls: number) => boolean;
}>;

/** Looks users up in all cohorts, half of them members, and returns how long each call took. */
const lookUp = async (memberships: CohortMemberships, { members, users, isOver }: LookUp) => {
  const latencies = createLatencies(callsMax);
  while (!isOver(latencies.count()) && latencies.count() < callsMax) {
    const questions = Array.from({ length: users }, () => ({
      ...{ tenantId, userId: `c-${Math.floor(Math.random() * 2 * members)}` },
      ...{ at: new Date(), cohorts: new Set(cohortNames) },
    }));
    const startedAt = performance.now();
    await memberships.among(questions);
    latencies.add(performance.now() - startedAt);
  }
  return latencies.percentiles();
};

const measureAll = async (bench: Bench, world: World) => {
  const members = bench.quick ? 20_000 : 5_000_000;
  const loaded = await load(bench, world, members);
  await buildFew(world, members / 100);
  const calls = bench.quick ? 200 : 5_000;
  const isOver = (done: number) => done >= calls;
  let next = members;
  const swap = async () => {
    const added = members / 100;
    await world.apply(await world.upload(customersFrom(next, added)));
    next += added;
    await world.build();
  };
  const rounds = await interleave({
    variants: {
      one: () => lookUp(world.cached, { members, users: 1, isOver }),
      onePostgres: () => lookUp(world.postgres, { members, users: 1, isOver }),
      batch: () => lookUp(world.cached, { members, users: questionsPerBatch, isOver }),
      batchPostgres: () => lookUp(world.postgres, { members, users: questionsPerBatch, isOver }),
      swapping: async () => {
        let isDone = false;
        const swapping = swap().finally(() => (isDone = true));
        const found = await lookUp(world.cached, { members, users: 1, isOver: () => isDone });
        await swapping;
        return found;
      },
    },
    rounds: bench.quick ? 1 : 3,
    say: bench.say,
  });
  const ms = { unit: 'ms', of: 'p99' } as const;
  const lookups = figuresOf('cohorts', rounds, [
    {
      ...ms,
      figure: `lookup of a user in ${cohortNames.length} cohorts, p99`,
      variant: 'one',
      baseline: { name: 'Postgres', variant: 'onePostgres' },
      target: [{ of: 'value', atMost: 2 }],
    },
    { ...ms, figure: 'the same, p50', of: 'p50', variant: 'one' },
    {
      ...ms,
      figure: `lookup of ${questionsPerBatch} users, p99`,
      variant: 'batch',
      baseline: { name: 'Postgres', variant: 'batchPostgres' },
    },
    { ...ms, figure: 'lookup of a user while the cohort is swapped, p99', variant: 'swapping' },
  ]);
  return { figures: [...loaded, ...lookups], voids: rounds.voids };
};

/** Uploads, applies and builds the cohort once. */
const load = async (bench: Bench, world: World, members: number) => {
  let change: ChangeKey | undefined;
  const measured = async (step: string, unit: string, work: () => Promise<unknown>) => {
    bench.say(step);
    const values = [members / (await secondsOf(work))];
    return toFigure({ row: 'cohorts', figure: step, unit, values });
  };
  const figures = [
    await measured('rows staged', 'rows/s', async () => {
      change = await world.upload(customersFrom(0, members));
    }),
    await measured('members written', 'members/s', async () => change && world.apply(change)),
    await measured('bitmap built', 'members/s', world.build),
  ];
  const [, bytes = ''] = /used_memory:(\d+)/.exec(await world.redis.info('memory')) ?? [];
  const memory = {
    figure: 'memory of Redis',
    unit: 'bytes/member',
    values: [Number(bytes) / members],
  };
  return [...figures, toFigure({ row: 'cohorts', ...memory })];
};
