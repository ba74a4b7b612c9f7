import { interleave, type Measure } from '../core/rounds.ts';
import { type Bench, figuresOf, type Row } from '../core/row.ts';
import { measureAgedEngine } from './orders/aged-orders.ts';
import { createDoors, type Door } from './orders/award-door.ts';
import { turnEverythingOn } from './orders/engine-terms.ts';
import { requireSound } from './orders/require-sound.ts';

/**
 * award-points by HTTP, with every feature in use that makes an order depend on the customer's
 * other orders.
 */
export const rewardEngineRow: Row = {
  name: 'reward-engine',
  summary:
    'orders with tiers, bands, carry, caps, a promotion and expiry, compared with the plain rule',
  needs: ['postgres', 'redis', 'kafka'],
  measure: async (bench) => {
    const rounds = await measureAll(bench);
    return { figures: figures(rounds), voids: rounds.voids };
  },
  measureAged: measureAgedEngine,
};

type Variant = 'engine' | 'plain' | 'paced' | 'plainPaced';

const connections = 200;

const measureAll = async (bench: Bench) => {
  const openDoor = await createDoors(bench);
  const engine = await openDoor({
    name: 'engine',
    prepare: (url) => turnEverythingOn(url),
    check: (_stream, stores) => requireSound(stores),
  });
  const plain = await openDoor({ name: 'plain' });
  const { port: enginePort } = await engine.open();
  const { port: plainPort } = await plain.open();

  const scale = bench.quick ? 0.1 : 1;
  const full =
    (door: Door, port: number): Measure =>
    async () => {
      const { perSecond, p99 } = await door.send(port, { orders: 20_000 * scale, connections });
      return { perSecond, p99 };
    };
  const paced =
    (door: Door, port: number): Measure =>
    async () => {
      const sending = { orders: 10_000 * scale, connections, ratePerSecond: 1_000 };
      const { p50, p95, p99, max } = await door.send(port, sending);
      return { p50, p95, p99, max };
    };
  const variants: Record<Variant, Measure> = {
    engine: full(engine, enginePort),
    plain: full(plain, plainPort),
    paced: paced(engine, enginePort),
    plainPaced: paced(plain, plainPort),
  };
  bench.log('warming up');
  await engine.send(enginePort, { orders: 10_000 * scale, connections });
  await plain.send(plainPort, { orders: 10_000 * scale, connections });
  return interleave({ variants, rounds: bench.quick ? 1 : 5, log: bench.log });
};

const figures = (rounds: Parameters<typeof figuresOf<Variant>>[1]) => {
  const paced = { unit: 'ms', variant: 'paced' } as const;
  const baseline = { name: 'the plain rule', variant: 'plainPaced' } as const;
  return figuresOf<Variant>('reward-engine', rounds, [
    {
      figure: 'sustained',
      unit: 'orders/s',
      of: 'perSecond',
      variant: 'engine',
      baseline: { name: 'the plain rule', variant: 'plain' },
      target: [{ of: 'ratio', atLeast: 0.6 }],
    },
    { ...paced, figure: 'p50 at 1,000/s', of: 'p50', baseline },
    {
      ...paced,
      figure: 'p95 at 1,000/s',
      of: 'p95',
      baseline,
      target: [{ of: 'value', atMost: 50 }],
    },
    { ...paced, figure: 'p99 at 1,000/s', of: 'p99', baseline },
  ]);
};
