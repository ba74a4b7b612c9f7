import { cp } from 'node:fs/promises';
import { migrate } from '#shared/stores/postgres/schema/migrate.ts';
import { interleave, type Measure } from '../core/rounds.ts';
import { type Bench, figuresOf, type Row } from '../core/row.ts';
import { measureAgedLimits } from './campaigns/aged-limits.ts';
import {
  createOffer,
  type Offer,
  type Sending,
  sendQualifications,
} from './campaigns/limits-world.ts';
import { createDoors } from './orders/award-door.ts';
import { createEventsTopics } from './pipeline/events-topic.ts';

/** check-limit by HTTP: every qualification is issued, credited and published. */
export const limitsRow: Row = {
  name: 'limits',
  summary: 'qualifications by HTTP to incentives, compared with one qualification per commit',
  needs: ['postgres', 'redis', 'kafka'],
  measure: async (bench) => {
    const rounds = await measureAll(bench);
    return { figures: figures(rounds), voids: rounds.voids };
  },
  measureAged: measureAgedLimits,
};

type Variant = 'capped' | 'single' | 'uncapped' | 'uncappedSingle' | 'hot' | 'paced' | 'orders';

const connections = 200;

/** Starts check-limit as it is and with one qualification per commit, and award-points. */
const openDoors = async (bench: Bench) => {
  const openAward = await createDoors(bench);
  await createEventsTopics(bench.urlOf('kafka'), ['incentive-generated', 'incentive-refused']);
  const bundle = `${bench.directory}/check-limit/index.js`;
  await cp('dist/check-limit/index.js', bundle);
  const databaseUrl = bench.urlOf('postgres');
  await migrate(databaseUrl);
  const offers = {
    capped: await createOffer(databaseUrl, true),
    uncapped: await createOffer(databaseUrl, false),
  };
  const open = (name: string, environment: Readonly<Record<string, string>> = {}) =>
    bench.start({
      name,
      node: [bundle],
      environment: {
        DATABASE_URL: databaseUrl,
        REDIS_URL: bench.urlOf('redis'),
        KAFKA_BROKERS: bench.urlOf('kafka'),
        ...environment,
      },
    });
  const batched = await open('check-limit');
  const single = await open('check-limit-single', {
    BATCH_ITEMS_MAX: '1',
    DATABASE_POOL_MAX: '16',
  });
  const award = await openAward({ name: 'award-points' });
  const { port: awardPort } = await award.open();
  return { databaseUrl, offers, batched, single, award, awardPort };
};

const measureAll = async (bench: Bench) => {
  const { databaseUrl, offers, batched, single, award, awardPort } = await openDoors(bench);
  const scale = bench.quick ? 0.1 : 1;
  const send = (port: number, of: Offer, sending: Sending) =>
    sendQualifications(databaseUrl, port, {
      ...of,
      ...sending,
      qualifications: sending.qualifications * scale,
    });
  const full =
    (port: number, of: Offer, sending: Sending): Measure =>
    async () => ({ perSecond: (await send(port, of, sending)).perSecond });
  const variants: Record<Variant, Measure> = {
    capped: full(batched.port, offers.capped, { qualifications: 8_000 }),
    single: full(single.port, offers.capped, { qualifications: 1_200 }),
    uncapped: full(batched.port, offers.uncapped, { qualifications: 8_000 }),
    uncappedSingle: full(single.port, offers.uncapped, { qualifications: 1_200 }),
    hot: full(batched.port, offers.capped, { qualifications: 8_000, hotPercent: 90 }),
    paced: async () => {
      const sending = { qualifications: 4_000, ratePerSecond: 1_000 };
      const { p50, p95, p99 } = await send(batched.port, offers.capped, sending);
      return { p50, p95, p99 };
    },
    orders: async () => {
      const sending = { orders: 4_000 * scale, connections, ratePerSecond: 1_000 };
      const { p50, p95, p99 } = await award.send(awardPort, sending);
      return { p50, p95, p99 };
    },
  };
  bench.log('warming up');
  for (const offer of [offers.capped, offers.uncapped]) {
    await send(batched.port, offer, { qualifications: 4_000 });
    await send(single.port, offer, { qualifications: 800 });
  }
  await award.send(awardPort, { orders: 4_000 * scale, connections });
  return interleave({ variants, rounds: bench.quick ? 1 : 3, log: bench.log });
};

const figures = (rounds: Parameters<typeof figuresOf<Variant>>[1]) => {
  const sustained = { unit: 'qualifications/s', of: 'perSecond' } as const;
  const oneEach = 'one qualification per commit';
  const paced = { unit: 'ms', variant: 'paced' } as const;
  return figuresOf<Variant>('limits', rounds, [
    {
      ...sustained,
      figure: 'sustained, capped',
      variant: 'capped',
      baseline: { name: oneEach, variant: 'single' },
      target: [{ of: 'ratio', atLeast: 10 }],
    },
    {
      ...sustained,
      figure: 'sustained, without caps',
      variant: 'uncapped',
      baseline: { name: oneEach, variant: 'uncappedSingle' },
      target: [{ of: 'ratio', atLeast: 10 }],
    },
    {
      ...sustained,
      figure: 'sustained, 90 % of them one user’s',
      variant: 'hot',
      baseline: { name: 'spread over 5,000 users', variant: 'capped' },
    },
    { ...paced, figure: 'p50 at 1,000/s', of: 'p50' },
    {
      ...paced,
      figure: 'p95 at 1,000/s',
      of: 'p95',
      baseline: { name: 'award-points', variant: 'orders' },
      target: [{ of: 'ratio', atMost: 3 }],
    },
    { ...paced, figure: 'p99 at 1,000/s', of: 'p99' },
  ]);
};
