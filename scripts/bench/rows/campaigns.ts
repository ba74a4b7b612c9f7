import { migrate } from '#shared/stores/postgres/schema/migrate.ts';
import { interleave, type Measure, VoidRound } from '../core/rounds.ts';
import { type Bench, figuresOf, type Row } from '../core/row.ts';
import { measureAgedCampaigns } from './campaigns/aged-campaigns.ts';
import { playCampaigns } from './campaigns/campaign-pipeline.ts';
import { createWorld } from './campaigns/campaign-world.ts';
import { batchingBundles } from './pipeline/pipeline-bundles.ts';

/**
 * Actions through evaluate-campaign and check-limit over Kafka, with 200 active campaigns and
 * everything on this machine's processors.
 */
export const campaignsRow: Row = {
  name: 'campaigns',
  summary:
    'actions to incentives through Kafka with 200 campaigns, compared with one event per commit',
  needs: ['postgres', 'redis', 'kafka'],
  measure: async (bench) => {
    await migrate(bench.urlOf('postgres'));
    await createWorld(bench.urlOf('postgres'));
    const rounds = await measureAll(bench);
    return { figures: figures(rounds), voids: rounds.voids };
  },
  measureAged: measureAgedCampaigns,
};

type Variant = 'batched' | 'single';

const measureAll = async (bench: Bench) => {
  const bundles = await batchingBundles(bench.directory, ['evaluate-campaign', 'check-limit']);
  const actions = bench.quick ? 2_000 : 20_000;
  const seconds = bench.quick ? 3 : 15;
  const sustained =
    (variant: Variant, count: number): Measure =>
    () =>
      playCampaigns(bench, { bundles: bundles[variant] }, async (send) => {
        await send({ actions: Math.round(count / 10) });
        const { perSecond } = await send({ actions: count });
        return { perSecond };
      });
  const variants: Record<Variant, Measure> = {
    batched: () =>
      playCampaigns(bench, { bundles: bundles.batched }, async (send) => {
        await send({ actions: Math.round(actions / 10) });
        const full = await send({ actions });
        const paced = await send({ actions: seconds * 1_000, ratePerSecond: 1_000 });
        if (paced.lagMax > 1_000) throw new VoidRound(`the lag grew to ${paced.lagMax} at 1,000/s`);
        return { ...paced, perSecond: full.perSecond };
      }),
    single: sustained('single', Math.round(actions / 4)),
  };
  return interleave({ variants, rounds: bench.quick ? 1 : 3, log: bench.log });
};

const figures = (rounds: Parameters<typeof figuresOf<Variant>>[1]) => {
  const paced = { unit: 'ms', variant: 'batched' } as const;
  // 95 % within 50 ms is the same as a p95 of 50 ms.
  const answered = {
    unit: '%',
    variant: 'batched',
    target: [{ of: 'value', atLeast: 95 }],
  } as const;
  return figuresOf<Variant>('campaigns', rounds, [
    {
      figure: 'sustained, compared with one event per commit',
      unit: 'actions/s',
      of: 'perSecond',
      variant: 'batched',
      baseline: { name: 'BATCH_ITEMS_MAX=1', variant: 'single' },
      target: [
        { of: 'value', atLeast: 1_000 },
        { of: 'ratio', atLeast: 10 },
      ],
    },
    {
      ...answered,
      figure: 'evaluate-campaign answers within 50 ms at 1,000/s',
      of: 'evaluateWithin',
    },
    { ...answered, figure: 'check-limit answers within 50 ms at 1,000/s', of: 'limitWithin' },
    { ...paced, figure: 'action to qualification, p50 at 1,000/s', of: 'evaluateP50' },
    { ...paced, figure: 'action to qualification, p95 at 1,000/s', of: 'evaluateP95' },
    { ...paced, figure: 'qualification to incentive, p50 at 1,000/s', of: 'limitP50' },
    { ...paced, figure: 'qualification to incentive, p95 at 1,000/s', of: 'limitP95' },
    { ...paced, figure: 'action to incentive, p95 at 1,000/s', of: 'wholeP95' },
    { figure: 'incentives', unit: 'per action', of: 'incentivesPerAction', variant: 'batched' },
    { figure: 'largest lag at 1,000/s', unit: 'actions', of: 'lagMax', variant: 'batched' },
  ]);
};
