import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import type { Rounds } from '../core/rounds.ts';
import { figuresOf, type Row } from '../core/row.ts';
import type { SketchVariant } from './sketch/sketch-counters.ts';
import { measureCounting } from './sketch/sketch-counting.ts';
import { errorFigures, memoryFigures } from './sketch/sketch-quality.ts';

/** Hits that Redis counts per second of processor time, and how exact the counts are. */
export const sketchRow: Row = {
  name: 'sketch',
  summary: 'hits of campaigns that a core of Redis counts in a sketch, its errors and its memory',
  needs: ['redis'],
  measure: async (bench) => {
    const redis = connectRedis(bench.urlOf('redis'));
    try {
      const rounds = await measureCounting(bench, redis);
      return {
        figures: [
          ...countingFigures(rounds),
          ...errorFigures(bench),
          ...(await memoryFigures(bench, redis)),
        ],
        voids: rounds.voids,
      };
    } finally {
      redis.disconnect();
    }
  },
};

const countingFigures = (rounds: Rounds<SketchVariant>) => {
  const rate = { unit: 'hits/s a core of Redis', of: 'perSecond' } as const;
  const baseline = { name: 'Murmur3 and HINCRBY in Lua', variant: 'naive' } as const;
  return figuresOf<SketchVariant>('sketch', rounds, [
    {
      ...{ ...rate, figure: 'counted in batches of 100, all commands', variant: 'sent', baseline },
      target: [
        { of: 'value', atLeast: 300_000 },
        { of: 'ratio', atLeast: 4.5 },
      ],
    },
    { ...rate, figure: 'counted in batches of 100, counters', variant: 'joined', baseline },
    // No target: update-sketch never counts like this, and a request per hit costs both sides the
    // same.
    { ...rate, figure: 'counted one by one, for comparison', variant: 'alone', baseline },
    {
      ...{
        ...rate,
        figure: 'counted in batches of 100, conservative update',
        variant: 'conservative',
      },
      baseline: { name: 'addition', variant: 'joined' },
    },
  ]);
};
