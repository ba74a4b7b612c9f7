import { cp } from 'node:fs/promises';
import { withSql } from '#scripts/platform/with-sql.ts';
import { migrate } from '#shared/stores/postgres/schema/migrate.ts';
import { interleave, type Measure, VoidRound } from '../../core/rounds.ts';
import { type Bench, figuresOf, type Row } from '../../core/row.ts';
import { type ActionStream, actionsOf } from '../../load/action-requests.ts';
import { type LoadResult, runLoad } from '../../load/load.ts';
import { createDoors } from '../orders/award-door.ts';
import { createEventsTopics } from '../pipeline/events-topic.ts';
import { campaignTerms, createCampaigns } from './campaign-world.ts';

/**
 * evaluate-campaign by HTTP, by how many campaigns use the action; how many of them an event
 * matches stays the same.
 */
export const askingCampaignsRow: Row = {
  name: 'asking-campaigns',
  summary: 'actions with 200 and 1,000 candidate campaigns, compared with 20',
  needs: ['postgres', 'redis', 'kafka'],
  measure: async (bench) => {
    const rounds = await measureAll(bench);
    return { figures: figures(rounds), voids: rounds.voids };
  },
};

const counts = { twenty: 20, twoHundred: 200, thousand: 1_000 } as const;

type Variant = keyof typeof counts | 'paced' | 'orders';

const action = 'BUY';
const modulus = 10_000;
const connections = 200;
let streams = 0;

/** Starts evaluate-campaign over the three tenants, and award-points. */
const openDoors = async (bench: Bench) => {
  const openAward = await createDoors(bench);
  const bundle = `${bench.directory}/evaluate-campaign/index.js`;
  await cp('dist/evaluate-campaign/index.js', bundle);
  await createEventsTopics(bench.urlOf('kafka'), ['campaign-hits', 'campaign-qualified']);
  const databaseUrl = bench.urlOf('postgres');
  await migrate(databaseUrl);
  for (const asking of Object.values(counts)) {
    const campaigns = Array.from({ length: asking }, (_, number) => termsOf(number, asking));
    await createCampaigns(databaseUrl, {
      tenantId: tenantOf(asking),
      actions: [action],
      campaigns,
    });
  }
  const { port } = await bench.start({
    name: 'evaluate-campaign',
    node: [bundle],
    environment: {
      DATABASE_URL: databaseUrl,
      REDIS_URL: bench.urlOf('redis'),
      KAFKA_BROKERS: bench.urlOf('kafka'),
    },
  });
  const award = await openAward({ name: 'award-points' });
  const { port: awardPort } = await award.open();
  return { databaseUrl, port, award, awardPort };
};

const measureAll = async (bench: Bench) => {
  const { databaseUrl, port, award, awardPort } = await openDoors(bench);
  const actions = bench.quick ? 1_000 : 5_000;
  const sustained =
    (asking: number): Measure =>
    async () => {
      const { perSecond } = await send(databaseUrl, port, { asking, actions });
      return { perSecond };
    };
  const variants: Record<Variant, Measure> = {
    twenty: sustained(counts.twenty),
    twoHundred: sustained(counts.twoHundred),
    thousand: sustained(counts.thousand),
    paced: async () => {
      const sending = { asking: counts.twenty, actions, ratePerSecond: 1_000 };
      const { p50, p95, p99 } = await send(databaseUrl, port, sending);
      return { p50, p95, p99 };
    },
    orders: async () => {
      const sending = { orders: actions, connections, ratePerSecond: 1_000 };
      const { p50, p95, p99 } = await award.send(awardPort, sending);
      return { p50, p95, p99 };
    },
  };
  bench.log('warming up');
  for (const variant of Object.values(variants)) await variant();
  return interleave({ variants, rounds: bench.quick ? 1 : 5, log: bench.log });
};

const tenantOf = (asking: number): string => `asking-${asking}`;

/**
 * The more campaigns there are, the narrower each: an event always matches 0.4 of them, and every
 * fifth is a quest.
 */
const amountsOf = (number: number, asking: number) => {
  const width = 8_000 / asking;
  const from = (number * 7 * width) % modulus;
  return { modulus, from, to: from + width };
};

const termsOf = (number: number, asking: number) =>
  campaignTerms(`Campaign ${number}`, {
    action,
    amounts: amountsOf(number, asking),
    isQuest: number % 5 === 0,
  });

type Sending = Readonly<{ asking: number; actions: number; ratePerSecond?: number }>;

/** Sends new actions and waits for all answers. */
const send = async (
  url: string,
  port: number,
  { asking, actions, ...pace }: Sending,
): Promise<LoadResult> => {
  streams += 1;
  const stream: ActionStream = {
    ...{ seed: streams, actions, tenantId: tenantOf(asking), action },
    prefix: `s${streams}`,
    occurredAt: new Date().toISOString(),
  };
  const module = new URL('../../load/action-requests.ts', import.meta.url).href;
  const load = await runLoad({
    ...{ port, connections, ...pace },
    requests: { module, options: stream },
  });
  if (load.statuses['204'] !== actions)
    throw new VoidRound(`of ${actions} actions not all were accepted: ${JSON.stringify(load)}`);
  await requireMet(url, stream, asking);
  return load;
};

/**
 * @throws VoidRound unless each action was recorded, and counts for exactly the campaigns that
 * match its amount and category.
 */
const requireMet = async (url: string, stream: ActionStream, asking: number): Promise<void> => {
  const ranges = Array.from({ length: asking }, (_, number) => amountsOf(number, asking));
  const met = actionsOf(stream).reduce((sum, { payload: { amountMinor, category } }) => {
    if (category !== 'books' && category !== 'music') return sum;
    const amount = amountMinor % modulus;
    return sum + ranges.filter(({ from, to }) => amount >= from && amount < to).length;
  }, 0);
  return withSql(url, async (sql) => {
    const [row] = await sql`
      select count(*)::int as recorded, coalesce(sum(jsonb_array_length(decisions)), 0)::int as met
      from events where tenant_id = ${stream.tenantId} and starts_with(event_id, ${`${stream.prefix}-`})`;
    const found = JSON.stringify(row);
    if (found !== JSON.stringify({ recorded: stream.actions, met }))
      throw new VoidRound(`of ${stream.actions} actions that meet ${met} campaigns: ${found}`);
  });
};

const figures = (rounds: Parameters<typeof figuresOf<Variant>>[1]) => {
  const sustained = {
    ...{ unit: 'actions/s', of: 'perSecond' },
    baseline: { name: '20 campaigns', variant: 'twenty' },
  } as const;
  const paced = { unit: 'ms', variant: 'paced' } as const;
  return figuresOf<Variant>('asking-campaigns', rounds, [
    {
      ...sustained,
      figure: 'sustained with 200 campaigns asking',
      variant: 'twoHundred',
      target: [{ of: 'ratio', atLeast: 0.5 }],
    },
    {
      ...sustained,
      figure: 'sustained with 1,000 campaigns asking',
      variant: 'thousand',
      target: [{ of: 'ratio', atLeast: 0.2 }],
    },
    { ...paced, figure: 'p50 at 1,000/s with 20 campaigns asking', of: 'p50' },
    {
      ...paced,
      figure: 'p95 at 1,000/s with 20 campaigns asking',
      of: 'p95',
      baseline: { name: 'award-points', variant: 'orders' },
      target: [{ of: 'ratio', atMost: 3 }],
    },
    { ...paced, figure: 'p99 at 1,000/s with 20 campaigns asking', of: 'p99' },
  ]);
};
