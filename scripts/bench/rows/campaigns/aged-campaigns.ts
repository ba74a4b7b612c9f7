import { fillCampaigns } from '../../aged/fill-campaigns.ts';
import type { AgedSize } from '../../aged/fill-ledger.ts';
import { pacedRate } from '../../core/paced-rate.ts';
import { interleave, type Measure, type Sample } from '../../core/rounds.ts';
import { type Bench, figuresOf, type RowResult } from '../../core/row.ts';
import type { Stores } from '../orders/paid-orders.ts';
import { createStores } from '../pipeline/create-stores.ts';
import { onStores } from '../pipeline/on-stores.ts';
import { batchingBundles } from '../pipeline/pipeline-bundles.ts';
import { playCampaigns, type SendActions } from './campaign-pipeline.ts';
import { createWorld, tenantId } from './campaign-world.ts';

type Variant = 'young' | 'aged';

/**
 * Actions through both functions over Kafka, in a tenant with 400 days of events, incentives and
 * usage, and in one without.
 */
export const measureAgedCampaigns = async (bench: Bench, size: AgedSize): Promise<RowResult> => {
  const { batched } = await batchingBundles(bench.directory, []);
  const worlds = { young: await createStores(bench), aged: await createStores(bench) };
  for (const { databaseUrl } of Object.values(worlds)) await createWorld(databaseUrl);
  bench.log('filling the aged world');
  await fillCampaigns(worlds.aged.databaseUrl, { ...size, tenantId });
  const actions = bench.quick ? 2_000 : 20_000;
  const play = (stores: Stores, use: (send: SendActions) => Promise<Sample>): Promise<Sample> =>
    playCampaigns(onStores(bench, stores), { bundles: batched }, use);
  bench.log('measuring what both worlds sustain');
  const sustained: number[] = [];
  for (const stores of Object.values(worlds)) {
    const { perSecond = 0 } = await play(stores, (send) => send({ actions: actions / 2 }));
    sustained.push(perSecond);
  }
  const ratePerSecond = pacedRate(...sustained);
  const measure =
    (stores: Stores): Measure =>
    () =>
      play(stores, async (send) => {
        await send({ actions: actions / 10 });
        const { perSecond } = await send({ actions });
        const paced = { actions: Math.min(actions / 2, 10 * ratePerSecond), ratePerSecond };
        return { ...(await send(paced)), ratePerSecond, perSecond };
      });
  const variants = { young: measure(worlds.young), aged: measure(worlds.aged) };
  const rounds = await interleave({ variants, rounds: bench.quick ? 1 : 3, log: bench.log });
  return { figures: figures(rounds), voids: rounds.voids };
};

const figures = (rounds: Parameters<typeof figuresOf<Variant>>[1]): RowResult['figures'] => {
  const compared = { variant: 'aged', baseline: { name: 'young', variant: 'young' } } as const;
  const latency = {
    ...{ ...compared, unit: 'ms' },
    target: [{ of: 'ratio', atMost: 1.5 }],
  } as const;
  return figuresOf<Variant>('campaigns', rounds, [
    {
      ...{ ...compared, figure: 'sustained, aged', unit: 'actions/s', of: 'perSecond' },
      target: [{ of: 'ratio', atLeast: 1 / 1.5 }],
    },
    {
      ...{ figure: 'rate of the latencies', unit: 'actions/s', of: 'ratePerSecond' },
      variant: 'aged',
    },
    { ...latency, figure: 'action to qualification, p50, aged', of: 'evaluateP50' },
    { ...latency, figure: 'action to qualification, p95, aged', of: 'evaluateP95' },
    { ...latency, figure: 'qualification to incentive, p50, aged', of: 'limitP50' },
    { ...latency, figure: 'qualification to incentive, p95, aged', of: 'limitP95' },
  ]);
};
