import type { Sample } from '../core/rounds.ts';
import type { Bench, Row } from '../core/row.ts';
import { requireEvaluated, sendActions } from './cohorts/cohort-actions.ts';
import {
  apply,
  createCohort,
  rebuildBitmaps,
  recompute,
  ticking,
  upload,
} from './cohorts/cohort-changes.ts';
import {
  loadFigures,
  memoryFigures,
  type Percentiles,
  redisMemory,
  type Step,
  scriptFigures,
  stepFigure,
} from './cohorts/cohort-figures.ts';
import { measureLookups } from './cohorts/cohort-lookup-rounds.ts';
import { lookUp, measureScripts, memberLookups } from './cohorts/cohort-lookups.ts';
import {
  type CohortWorld,
  cohortNames,
  openCohortWorld,
  tenantId,
} from './cohorts/cohort-world.ts';

/** Cohorts of millions: uploaded, computed, looked up, and changed while actions arrive. */
export const cohortsRow: Row = {
  name: 'cohorts',
  summary: 'cohorts of 5 M members: upload, recomputation, swap under 1,000 actions/s, and lookups',
  needs: ['postgres', 'redis', 'kafka'],
  measure: async (bench) => {
    const members = bench.quick ? 20_000 : 5_000_000;
    bench.log('starting the functions');
    const world = await openCohortWorld(bench, members);
    try {
      return await measureAll(bench, world, members);
    } finally {
      await world.close();
    }
  },
};

const measureAll = async (bench: Bench, world: CohortWorld, members: number) => {
  const ids = {
    uploaded: await createCohort(world, { cohort: cohortNames.uploaded, name: 'Uploaded' }),
    computed: await createCohort(world, {
      cohort: cohortNames.computed,
      name: 'Computed',
      kind: 'DYNAMIC',
      definition,
    }),
  };
  await createUsers(world, members);
  const stop = ticking(world, bench.quick ? 1_000 : 15_000);
  const context = { bench, world, members, ids };
  let loaded: Step[] = [];
  const builds = await measureScripts(world.redis, async () => {
    loaded = await change(context, { mode: 'add', first: 0 });
  });
  const memory = await redisMemory(world, members);
  const lookups = await measureLookups(bench, context);
  bench.log('actions alone');
  const seconds = bench.quick ? 2 : 10;
  const alone = await sendActions(world, { members, seconds: 3 * seconds });
  await leave(world, members);
  const meanwhile = await changeUnderLoad(context, seconds);
  bench.log('checking what the actions were evaluated with');
  await requireEvaluated(world, { members, sent: alone.sent + meanwhile.sent });
  await stop();
  return {
    figures: [
      ...loaded.map((step) => stepFigure(step)),
      ...scriptFigures('scripts that build bitmaps in Redis', builds),
      memory,
      ...lookups.figures,
      ...meanwhile.steps.map((step, index) => stepFigure(step, loaded[index])),
      ...loadFigures(alone, meanwhile),
      ...(await memoryFigures(world)),
    ],
    voids: lookups.voids,
  };
};

/** All users who were first seen at most 365 days ago. */
const definition = { everyHours: 24, predicate: { of: 'days-known', atMost: 365 } };

type Context = Readonly<{
  bench: Bench;
  world: CohortWorld;
  members: number;
  ids: Readonly<{ uploaded: string; computed: string }>;
}>;

/** Users whom the computed cohort finds. */
const createUsers = async ({ sql }: CohortWorld, members: number): Promise<void> => {
  await sql`
    insert into users (tenant_id, user_id, created_at)
    select ${tenantId}, 'u-' || number, now() - interval '30 days' from generate_series(0, ${members - 1}::int) as number`;
};

/** The last hundredth of them leaves the cohort with the next recomputation. */
const leave = async ({ sql }: CohortWorld, members: number): Promise<void> => {
  await sql`
    update users set created_at = now() - interval '400 days'
    where tenant_id = ${tenantId} and user_id in (
      select 'u-' || number from generate_series(${members - members / 100}::int, ${members - 1}::int) as number)`;
};

/** Uploads and applies the list, recomputes the other cohort, and has both bitmaps built. */
const change = async (
  { bench, world, members, ids }: Context,
  {
    mode,
    first,
    during = '',
  }: Readonly<{ mode: 'add' | 'replace'; first: number; during?: string }>,
): Promise<Step[]> => {
  const steps: Step[] = [];
  const measured = async <Result>(
    name: string,
    of: Readonly<{ unit: string; count: number }>,
    work: () => Promise<Result>,
  ) => {
    const figure = `${name}${during}`;
    bench.log(figure);
    const startedAt = performance.now();
    const result = await work();
    const perSecond = (of.count * 1_000) / (performance.now() - startedAt);
    steps.push({ figure, unit: `${of.unit}/s`, perSecond });
    return result;
  };
  const numbers = { first, count: members };
  const path = await measured('uploaded, interrupted once', { unit: 'rows', count: members }, () =>
    upload(world, ids.uploaded, { mode, numbers }),
  );
  await measured('applied', { unit: 'members', count: members }, () => apply(world, path, members));
  await measured('recomputed', { unit: 'users', count: members }, () =>
    recompute(world, ids.computed),
  );
  await measured('two bitmaps built', { unit: 'members', count: 2 * members }, () =>
    rebuildBitmaps(world),
  );
  return steps;
};

/** Changes a hundredth of both cohorts while actions arrive and users are looked up. */
const changeUnderLoad = async (context: Context, seconds: number) => {
  const { world, members } = context;
  let isDone = false;
  const loads: Percentiles[] = [];
  let sent = 0;
  const act = async () => {
    while (!isDone) {
      const { p50, p95, p99, ...load } = await sendActions(world, { members, seconds });
      sent += load.sent;
      loads.push({ p50, p95, p99 });
    }
  };
  let lookups: Sample = {};
  const look = async () => {
    const { cached } = memberLookups(world);
    lookups = await lookUp(cached, { members, users: 1, isOver: () => isDone });
  };
  let steps: Step[] = [];
  const swap = async () => {
    const during = ' under 1,000 actions/s';
    steps = await change(context, { mode: 'replace', first: members / 100, during }).finally(
      () => (isDone = true),
    );
  };
  const scripts = await measureScripts(world.redis, () => Promise.all([act(), look(), swap()]));
  return { steps, loads, sent, lookups, scripts };
};
