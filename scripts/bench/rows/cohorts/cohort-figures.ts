import { type Figure, toFigure } from '../../core/figure.ts';
import type { Sample } from '../../core/rounds.ts';
import type { LoadResult } from '../../load/load.ts';
import type { CohortWorld } from './cohort-world.ts';

/** One step of a change of both cohorts. */
export type Step = Readonly<{ figure: string; unit: string; perSecond: number }>;

/** Milliseconds. */
export type Percentiles = Pick<LoadResult, 'p50' | 'p95' | 'p99'>;

type UnderLoad = Readonly<{ loads: readonly Percentiles[]; lookups: Sample; scripts: Sample }>;

const row = 'cohorts';

/** A step of a change, and the same step without load. */
export const stepFigure = ({ figure, unit, perSecond }: Step, alone?: Step): Figure =>
  toFigure({
    ...{ row, figure, unit, values: [perSecond] },
    baseline: alone && { name: 'alone', values: [alone.perSecond] },
  });

/** What was measured meanwhile: actions, lookups, and scripts in Redis. */
export const loadFigures = (
  alone: Percentiles,
  { loads, lookups, scripts }: UnderLoad,
): Figure[] => {
  const values = (of: keyof Percentiles) => loads.map((load) => load[of]);
  const answers = (of: keyof Percentiles) =>
    toFigure({
      ...{
        row,
        figure: `evaluate-campaign at 1,000/s meanwhile, ${of}`,
        unit: 'ms',
        values: values(of),
      },
      baseline: { name: 'alone', values: loads.map(() => alone[of]) },
    });
  return [
    ...[answers('p50'), answers('p95'), answers('p99')],
    single('lookup of a user meanwhile, p50', 'ms', lookups['p50']),
    single('lookup of a user meanwhile, p99', 'ms', lookups['p99']),
    ...scriptFigures('scripts in Redis meanwhile', scripts),
  ];
};

/**
 * How long scripts blocked the other clients of Redis, including time in which another process had
 * its processor.
 */
export const scriptFigures = (name: string, scripts: Sample): Figure[] => [
  single(`${name}, p50`, 'µs', scripts['redisP50']),
  single(`${name}, p99`, 'µs', scripts['redisP99']),
  single(`${name}, longest`, 'µs', scripts['redisLongest']),
  single(`${name}, CPU time of Redis`, 'µs', scripts['redisCpu']),
];

const single = (figure: string, unit: string, value = Number.NaN): Figure =>
  toFigure({ row, figure, unit, values: [value] });

/** All memory of Redis, per member. */
export const redisMemory = async ({ redis }: CohortWorld, members: number): Promise<Figure> => {
  const [, bytes = ''] = /used_memory:(\d+)/.exec(await redis.info('memory')) ?? [];
  const values = [Number(bytes) / members];
  return toFigure({
    row,
    figure: 'memory of Redis, members of two cohorts',
    unit: 'bytes/user',
    values,
  });
};

/** The peak memory of each process, and the limit of its manifest. */
export const memoryFigures = ({
  api,
  recompute: computing,
  evaluate,
}: CohortWorld): Promise<Figure[]> =>
  Promise.all(
    Object.entries({
      'cms-api': api,
      'recompute-cohort': computing,
      'evaluate-campaign': evaluate,
    }).map(async ([name, server]) =>
      toFigure({
        ...{ row, figure: `largest memory of ${name}`, unit: 'MB' },
        values: [(await server.usage()).rssPeakMb],
        target: [{ of: 'value', atMost: name === 'cms-api' ? 384 : 512 }],
      }),
    ),
  );
