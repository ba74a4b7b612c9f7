import { plainTerms } from '#shared/domain/points/earning-rule.ts';
import { connectPostgres } from '#shared/stores/postgres/connect.ts';
import { auditLedger, isSound } from '#shared/stores/postgres/ledger-audit.ts';
import { interleave, type Measure, VoidRound } from '../core/rounds.ts';
import { type Bench, figuresOf, type Row } from '../core/row.ts';
import { createDoors, type Door } from './award-door.ts';
import type { Stores } from './paid-orders.ts';

/** The reward engine at award-points' HTTP door, with everything on that makes one order depend on the others of its customer. */
export const rewardEngineRow: Row = {
  name: 'reward-engine',
  summary: 'orders with tiers, bands, carry, caps, a promotion and expiry, beside the plain rule',
  needs: ['postgres', 'redis', 'kafka'],
  measure: async (bench) => {
    const rounds = await measureAll(bench);
    return { figures: figures(rounds), voids: rounds.voids };
  },
};

type Variant = 'engine' | 'plain' | 'paced' | 'plainPaced';

const connections = 200;

const measureAll = async (bench: Bench) => {
  const openDoor = await createDoors(bench);
  const engine = await openDoor({
    name: 'engine',
    prepare: turnEverythingOn,
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
  bench.say('warming up');
  await engine.send(enginePort, { orders: 10_000 * scale, connections });
  await plain.send(plainPort, { orders: 10_000 * scale, connections });
  return interleave({ variants, rounds: bench.quick ? 1 : 5, say: bench.say });
};

const terms = {
  ...plainTerms,
  rate: { points: 1, perMinor: 10_000 },
  rounding: 'carry',
  bands: {
    mode: 'marginal',
    bands: [
      { fromMinor: 100_000, multiplierBp: 12_500 },
      { fromMinor: 500_000, multiplierBp: 15_000 },
    ],
  },
  promotions: [
    {
      id: 'new-year',
      from: '2025-12-01T00:00:00Z',
      until: '2027-01-01T00:00:00Z',
      multiplierBp: 20_000,
    },
  ],
  caps: { order: 5_000, day: 20_000, month: 100_000 },
  expiry: { kind: 'rolling', days: 365 },
};

const tiers = {
  metric: 'earned',
  currency: 'INR',
  window: { kind: 'rolling', days: 90 },
  tiers: [
    { name: 'silver', threshold: 100, multiplierBp: 11_000 },
    { name: 'gold', threshold: 500, multiplierBp: 12_500 },
    { name: 'platinum', threshold: 2_000, multiplierBp: 15_000 },
  ],
  graceDays: 7,
  downgrade: 'one-level',
  noticeDays: 14,
};

/** Gives the default tenant's program terms of every kind. */
const turnEverythingOn = async (databaseUrl: string): Promise<void> => {
  const sql = connectPostgres({ url: databaseUrl, max: 1 });
  await sql`
    insert into earning_rules (tenant_id, program, version, currency, terms, valid_from)
    values ('default', 'points', 2, 'INR', ${JSON.stringify(terms)}::text::jsonb, '1990-01-01')`;
  await sql`
    insert into tier_ladders (tenant_id, program, version, terms, valid_from, created_by)
    values ('default', 'points', 1, ${JSON.stringify(tiers)}::text::jsonb, '1990-01-01', 'bench')`;
  await sql.end();
};

/** Everything in the database recomputed on a road of its own. */
const requireSound = async ({ databaseUrl }: Stores): Promise<void> => {
  const sql = connectPostgres({ url: databaseUrl, max: 1 });
  try {
    const audit = await auditLedger(sql);
    if (!isSound(audit)) throw new VoidRound(`the audit found ${JSON.stringify(audit)}`);
  } finally {
    await sql.end();
  }
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
