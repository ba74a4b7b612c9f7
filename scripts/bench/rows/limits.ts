import type { Redis } from 'ioredis';
import { connectRedis } from '#shared/stores/redis/connect.ts';
import { interleave, type Measure, type Sample, VoidRound } from '../core/rounds.ts';
import { type Bench, figuresOf, type Row } from '../core/row.ts';
import {
  bareCounters,
  type Contender,
  reservedCounters,
  reservedUnderAll,
} from './limit-contenders.ts';
import { batchSize } from './limit-names.ts';

/** Checks of limits in Redis: with reservation, by the same caps and by more, against the bare script of two counters. */
export const limitsRow: Row = {
  name: 'limits',
  summary: 'caps of tenant, user and campaign in Redis: reserved and settled, beside bare counters',
  needs: ['redis'],
  measure: async (bench) => {
    const redis = connectRedis(bench.urlOf('redis'));
    try {
      const rounds = await measureAll(bench, redis);
      return { figures: figures(rounds), voids: rounds.voids };
    } finally {
      redis.disconnect();
    }
  },
};

type Variant = 'bare' | 'reserved' | 'all';

/** Batches under way at once. */
const lanes = 4;

const measureAll = async ({ quick, say }: Bench, redis: Redis) => {
  const batches = quick ? 200 : 1_000;
  const variantOf =
    (contender: typeof bareCounters): Measure =>
    async () => {
      await redis.flushdb();
      const capPerDay = batches * batchSize + beyond;
      return measure(redis, contender({ redis, capPerDay }), batches);
    };
  const variants: Record<Variant, Measure> = {
    bare: variantOf(bareCounters),
    reserved: variantOf(reservedCounters),
    all: variantOf(reservedUnderAll),
  };
  say('warming up');
  for (const warm of Object.values(variants)) await warm();
  return interleave({ variants, rounds: quick ? 2 : 7, say });
};

/** There is room for so many more incentives than the batches that are measured have; no whole number of batches. */
const beyond = 1_013;

/** Measures batches for which there is room, then goes over the cap and requires that exactly as many got through as it allows. */
const measure = async (redis: Redis, contender: Contender, batches: number): Promise<Sample> => {
  const over = Math.ceil((2 * beyond) / batchSize);
  const refused = batches / 4;
  await contender.prepare({ roomy: batches, others: over + refused });
  const roomy = await inLanes(redis, { from: 0, batches }, contender.askRoomy);
  requireAllowed(roomy.allowed, batches * batchSize);
  const atCap = await inLanes(redis, { from: batches, batches: over }, contender.ask);
  requireAllowed(atCap.allowed, beyond);
  const full = await inLanes(redis, { from: batches + over, batches: refused }, contender.ask);
  requireAllowed(full.allowed, 0);
  return { perSecond: roomy.perSecond, micros: roomy.micros, refusedPerSecond: full.perSecond };
};

const requireAllowed = (allowed: number, expected: number): void => {
  if (allowed !== expected) throw new VoidRound(`${allowed} were allowed instead of ${expected}`);
};

type Batches = Readonly<{ from: number; batches: number }>;

const inLanes = async (
  redis: Redis,
  { from, batches }: Batches,
  ask: Contender['ask'],
): Promise<Readonly<{ allowed: number; perSecond: number; micros: number }>> => {
  let next = from;
  let allowed = 0;
  const lane = async (): Promise<void> => {
    while (next < from + batches) {
      next += 1;
      const given = await ask(next - 1);
      allowed += given;
    }
  };
  const microsBefore = await processorMicros(redis);
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: lanes }, lane));
  const seconds = (performance.now() - startedAt) / 1_000;
  const micros = (await processorMicros(redis)) - microsBefore;
  const incentives = batches * batchSize;
  return { allowed, perSecond: incentives / seconds, micros: micros / incentives };
};

/** Processor time of Redis so far. */
const processorMicros = async (redis: Redis): Promise<number> => {
  const found = (await redis.info('cpu')).matchAll(/^used_cpu_(?:user|sys):([\d.]+)/gm);
  return Array.from(found, ([, seconds]) => Number(seconds) * 1_000_000).reduce(
    (sum, each) => sum + each,
    0,
  );
};

const figures = (rounds: Parameters<typeof figuresOf<Variant>>[1]) => {
  const baseline = { name: 'bare check-and-increment', variant: 'bare' } as const;
  const reserved = { variant: 'reserved', baseline } as const;
  return figuresOf<Variant>('limits', rounds, [
    {
      ...reserved,
      figure: 'reserved and settled, the same two caps',
      unit: '1/s',
      of: 'perSecond',
      target: [{ of: 'ratio', atLeast: 0.8 }],
    },
    {
      ...{ variant: 'all', baseline },
      figure: 'reserved and settled, with caps of the campaign too',
      unit: '1/s',
      of: 'perSecond',
    },
    { ...reserved, figure: 'refused by a full cap', unit: '1/s', of: 'refusedPerSecond' },
    { ...reserved, figure: 'processor time of Redis, the same two caps', unit: 'µs', of: 'micros' },
  ]);
};
