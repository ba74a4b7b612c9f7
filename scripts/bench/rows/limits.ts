import { randomUUID } from 'node:crypto';
import { cp } from 'node:fs/promises';
import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import { connectPostgres } from '#shared/stores/postgres/connect.ts';
import { migrate } from '#shared/stores/postgres/migrate.ts';
import { interleave, type Measure, VoidRound } from '../core/rounds.ts';
import { type Bench, figuresOf, type Row } from '../core/row.ts';
import type { LoadResult } from '../load/load.ts';
import { runLoad } from '../load/load.ts';
import { points, type QualificationStream } from '../load/qualification-requests.ts';
import { createDoors } from './award-door.ts';
import { createFactsTopics } from './facts-topic.ts';

/** check-limit at its HTTP door: every qualification is issued, credited and published. */
export const limitsRow: Row = {
  name: 'limits',
  summary: 'qualifications by HTTP to incentives, beside one qualification per commit',
  needs: ['postgres', 'redis', 'kafka'],
  measure: async (bench) => {
    const rounds = await measureAll(bench);
    return { figures: figures(rounds), voids: rounds.voids };
  },
};

type Variant = 'capped' | 'single' | 'uncapped' | 'uncappedSingle' | 'hot' | 'paced' | 'orders';

type Offer = Readonly<{ tenantId: string; campaignId: string }>;

const connections = 200;
let streams = 0;

/** Starts check-limit as it is and with one qualification per commit, and award-points beside them. */
const openDoors = async (bench: Bench) => {
  const openAward = await createDoors(bench);
  await createFactsTopics(bench.urlOf('kafka'), ['incentive-generated', 'incentive-refused']);
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
    sendAll(databaseUrl, port, {
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
  bench.say('warming up');
  for (const offer of [offers.capped, offers.uncapped]) {
    await send(batched.port, offer, { qualifications: 4_000 });
    await send(single.port, offer, { qualifications: 800 });
  }
  await award.send(awardPort, { orders: 4_000 * scale, connections });
  return interleave({ variants, rounds: bench.quick ? 1 : 3, say: bench.say });
};

/** Caps that limit every incentive and are never reached. */
const wideLimits: CampaignTerms['limits'] = {
  overall: { maxPerDay: 1_000_000_000 },
  perUser: { maxPerDay: 1_000_000_000 },
};

/** Makes a tenant with one campaign: with all kinds of caps, or with none. */
const createOffer = async (url: string, isCapped: boolean): Promise<Offer> => {
  const [tenantId, campaignId] = [isCapped ? 'capped' : 'uncapped', randomUUID()];
  const sql = connectPostgres({ url, max: 1 });
  try {
    await sql`
      insert into tenants (tenant_id, name, currency, time_zone) values (${tenantId}, 'Limits', 'INR', 'Asia/Kolkata')`;
    await sql`insert into programs (tenant_id, program, name) values (${tenantId}, 'points', 'Points')`;
    await sql`
      insert into limits (tenant_id, scope, max_per_day)
      select ${tenantId}, unnest(array['GLOBAL', 'USER']), ${isCapped ? 1_000_000_000 : null}::bigint`;
    await sql`
      insert into campaigns (campaign_id, tenant_id, name, type, start_at, end_at, status, rule_json, actions, version, created_by)
      values (${campaignId}, ${tenantId}, 'Limits', 'SIMPLE', '2026-01-01', '2028-01-01', 'ACTIVE',
        ${JSON.stringify({ limits: isCapped ? wideLimits : {} })}::text::jsonb, '{}', 1, 'bench')`;
  } finally {
    await sql.end();
  }
  return { tenantId, campaignId };
};

type Sending = Readonly<{ qualifications: number; hotPercent?: number; ratePerSecond?: number }>;

/** Sends qualifications of its own to their end. @throws VoidRound unless each was issued and credited exactly once. */
const sendAll = async (
  url: string,
  port: number,
  { ratePerSecond, ...sending }: Sending & Offer,
): Promise<LoadResult> => {
  streams += 1;
  const stream: QualificationStream = {
    ...sending,
    prefix: `q${streams}`,
    qualifiedAt: new Date().toISOString(),
  };
  const module = new URL('../load/qualification-requests.ts', import.meta.url).href;
  const load = await runLoad({
    ...{ port, connections, requests: { module, options: stream } },
    ...(ratePerSecond !== undefined && { ratePerSecond }),
  });
  if (load.statuses['204'] !== stream.qualifications)
    throw new VoidRound(
      `of ${stream.qualifications} qualifications not all were accepted: ${JSON.stringify(load)}`,
    );
  await requireIssued(url, stream);
  return load;
};

const requireIssued = async (
  url: string,
  { tenantId, prefix, qualifications }: QualificationStream,
): Promise<void> => {
  const sql = connectPostgres({ url, max: 1 });
  try {
    const [row] = await sql<[{ issued: number; all: number; used: number; credited: number }]>`
      select count(*) filter (where starts_with(event_id, ${`${prefix}-`})) as issued, count(*) as all,
        (select sum(count)::bigint from limit_usage
          where tenant_id = ${tenantId} and subject = 'tenant' and day = '-infinity') as used,
        (select sum(points)::bigint from points_balances where tenant_id = ${tenantId}) as credited
      from incentives where tenant_id = ${tenantId} and status = 'ISSUED'`;
    const { issued, all, used, credited } = row;
    if (issued !== qualifications || used !== all || credited !== all * points)
      throw new VoidRound(`of ${qualifications} qualifications: ${JSON.stringify(row)}`);
  } finally {
    await sql.end();
  }
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
