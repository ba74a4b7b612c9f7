import { migrate } from '#shared/stores/postgres/schema/migrate.ts';
import { interleave, type Measure, type Sample, VoidRound } from '../core/rounds.ts';
import { type Bench, figuresOf, type Row } from '../core/row.ts';
import { createKafkaPipeline } from './pipeline/kafka-pipeline.ts';
import type { PipelineVariant } from './pipeline/pipeline-bundles.ts';

/**
 * award-points through Kafka and the local KafkaSource; everything, the producer included, on this
 * machine's processors.
 */
export const awardPointsKafkaRow: Row = {
  name: 'award-points-kafka',
  summary:
    'orders through Kafka and the source, compared with a no-op function behind the same source',
  needs: ['postgres', 'redis', 'kafka'],
  measure: async (bench) => {
    await migrate(bench.urlOf('postgres'));
    const rounds = await measureAll(bench);
    return { figures: figures(rounds), voids: rounds.voids };
  },
};

const measureAll = async (bench: Bench) => {
  const { quick, log } = bench;
  const pipeline = await createKafkaPipeline(bench);
  const orders = quick ? 3_000 : 30_000;
  const seconds = quick ? 3 : 15;
  const sustained =
    (variant: PipelineVariant, count: number): Measure =>
    () =>
      pipeline.open(variant, async ({ stream }) => {
        await stream({ orders: Math.round(count / 10) });
        const { perSecond } = await stream({ orders: count });
        return { perSecond };
      });
  const variants = {
    batched: () =>
      pipeline.open('batched', async ({ stream }): Promise<Sample> => {
        await stream({ orders: Math.round(orders / 10) });
        const full = await stream({ orders });
        const paced = await stream({ orders: seconds * 1_000, ratePerSecond: 1_000 });
        if (paced.lagMax > 1_000) throw new VoidRound(`the lag grew to ${paced.lagMax} at 1,000/s`);
        return { ...paced, perSecond: full.perSecond };
      }),
    single: sustained('single', Math.round(orders / 3)),
    noop: sustained('noop', orders),
  };
  return interleave({ variants, rounds: quick ? 1 : 3, log });
};

const figures = (rounds: Parameters<typeof figuresOf<'batched' | 'single' | 'noop'>>[1]) => {
  const throughput = { unit: 'orders/s', of: 'perSecond', variant: 'batched' } as const;
  const paced = { unit: 'ms', variant: 'batched' } as const;
  return figuresOf('award-points-kafka', rounds, [
    {
      ...throughput,
      figure: 'sustained, compared with one order per commit',
      baseline: { name: 'BATCH_ITEMS_MAX=1', variant: 'single' },
      target: [{ of: 'ratio', atLeast: 8 }],
    },
    {
      ...throughput,
      figure: 'sustained, compared with the limit of the source',
      baseline: { name: 'no-op function', variant: 'noop' },
      target: [{ of: 'ratio', atLeast: 0.4 }],
    },
    { ...paced, figure: 'order to event, p50 at 1,000/s', of: 'p50' },
    {
      ...paced,
      figure: 'order to event, p95 at 1,000/s',
      of: 'p95',
      target: [{ of: 'value', atMost: 50 }],
    },
    { ...paced, figure: 'order to event, p99 at 1,000/s', of: 'p99' },
    { figure: 'largest lag at 1,000/s', unit: 'orders', of: 'lagMax', variant: 'batched' },
  ]);
};
