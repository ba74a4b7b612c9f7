import { interleave, type Rounds, type Sample } from '../../core/rounds.ts';
import { type Bench, figuresOf } from '../../core/row.ts';
import { lookUp, measureScripts, memberLookups } from './cohort-lookups.ts';
import { allCohorts, type CohortWorld } from './cohort-world.ts';

const usersPerBatch = 100;

/** Looks users up alone and in batches, in Redis and in Postgres. */
export const measureLookups = async (
  bench: Bench,
  { world, members }: Readonly<{ world: CohortWorld; members: number }>,
) => {
  const { cached, postgres } = memberLookups(world);
  const calls = bench.quick ? 200 : 5_000;
  const isOver = (done: number) => done >= calls;
  const rounds = await interleave({
    variants: {
      one: async () => {
        let found: Sample = {};
        const scripts = await measureScripts(world.redis, async () => {
          found = await lookUp(cached, { members, users: 1, isOver });
        });
        return { ...found, ...scripts };
      },
      onePostgres: () => lookUp(postgres, { members, users: 1, isOver }),
      batch: () => lookUp(cached, { members, users: usersPerBatch, isOver }),
      batchPostgres: () => lookUp(postgres, { members, users: usersPerBatch, isOver }),
    },
    rounds: bench.quick ? 1 : 3,
    log: bench.log,
  });
  return { figures: figures(rounds), voids: rounds.voids };
};

type Variant = 'one' | 'onePostgres' | 'batch' | 'batchPostgres';

const figures = (rounds: Rounds<Variant>) => {
  const one = `lookup of a user in ${allCohorts.length} cohorts`;
  const ms = { unit: 'ms', of: 'p99' } as const;
  const micros = { unit: 'µs', variant: 'one' } as const;
  return figuresOf('cohorts', rounds, [
    {
      ...ms,
      figure: `${one}, p50`,
      of: 'p50',
      variant: 'one',
      baseline: { name: 'Postgres', variant: 'onePostgres' },
    },
    {
      ...{
        ...ms,
        figure: `${one}, p99`,
        variant: 'one',
        baseline: { name: 'Postgres', variant: 'onePostgres' },
      },
      target: [{ of: 'value', atMost: 2 }],
    },
    { ...micros, figure: `${one}, in Redis, p50`, of: 'redisP50' },
    {
      ...micros,
      figure: `${one}, in Redis, p99`,
      of: 'redisP99',
      target: [{ of: 'value', atMost: 2_000 }],
    },
    { ...micros, figure: `${one}, CPU time of Redis`, of: 'redisCpu' },
    {
      ...{ ...ms, figure: `lookup of ${usersPerBatch} users, p99`, variant: 'batch' },
      baseline: { name: 'Postgres', variant: 'batchPostgres' },
    },
  ]);
};
