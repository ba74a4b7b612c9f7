import { cp } from 'node:fs/promises';
import { buildFunctions } from '#scripts/build.ts';
import { fillCampaigns } from '../../aged/fill-campaigns.ts';
import type { AgedSize } from '../../aged/fill-ledger.ts';
import { agedFigures } from '../../core/aged-figures.ts';
import { pacedRate } from '../../core/paced-rate.ts';
import { interleave, type Measure } from '../../core/rounds.ts';
import { type Bench, figuresOf, type RowResult } from '../../core/row.ts';
import { createStores } from '../pipeline/create-stores.ts';
import { createEventsTopics } from '../pipeline/events-topic.ts';
import { createOffer, sendQualifications } from './limits-world.ts';

type World = 'young' | 'aged';
type Variant = World | `${World}Paced`;

/** How long qualifications are sent at a fixed rate. */
const pacedSeconds = 8;

/** check-limit by HTTP under caps, with 400 days of incentives and usage, and without. */
export const measureAgedLimits = async (bench: Bench, size: AgedSize): Promise<RowResult> => {
  await buildFunctions();
  const bundle = `${bench.directory}/check-limit/index.js`;
  await cp('dist/check-limit/index.js', bundle);
  await createEventsTopics(bench.urlOf('kafka'), ['incentive-generated', 'incentive-refused']);
  const open = async (world: World) => {
    bench.log(`making the ${world} world`);
    const { databaseUrl, redisUrl } = await createStores(bench);
    const offer = await createOffer(databaseUrl, true);
    if (world === 'aged') await fillCampaigns(databaseUrl, { ...size, tenantId: offer.tenantId });
    const { port } = await bench.start({
      name: `check-limit-${world}`,
      node: [bundle],
      environment: {
        DATABASE_URL: databaseUrl,
        REDIS_URL: redisUrl,
        KAFKA_BROKERS: bench.urlOf('kafka'),
      },
    });
    const scale = bench.quick ? 0.1 : 1;
    return (qualifications: number, ratePerSecond?: number): Measure =>
      async () => {
        const sending = { ...offer, qualifications: Math.ceil(qualifications * scale) };
        const pace = ratePerSecond === undefined ? {} : { ratePerSecond };
        const load = await sendQualifications(databaseUrl, port, { ...sending, ...pace });
        return { ...pace, perSecond: load.perSecond, p50: load.p50, p95: load.p95, p99: load.p99 };
      };
  };
  const [young, aged] = [await open('young'), await open('aged')];
  bench.log('warming up');
  const warm = [await young(10_000)(), await aged(10_000)()];
  const ratePerSecond = pacedRate(...warm.map(({ perSecond = 0 }) => perSecond));
  const variants: Record<Variant, Measure> = {
    young: young(20_000),
    aged: aged(20_000),
    youngPaced: young(pacedSeconds * ratePerSecond, ratePerSecond),
    agedPaced: aged(pacedSeconds * ratePerSecond, ratePerSecond),
  };
  const rounds = await interleave({ variants, rounds: bench.quick ? 1 : 3, log: bench.log });
  return { figures: figures(rounds), voids: rounds.voids };
};

const figures = (rounds: Parameters<typeof figuresOf<Variant>>[1]): RowResult['figures'] =>
  figuresOf<Variant>('limits', rounds, agedFigures('sustained, capped, aged', 'qualifications/s'));
