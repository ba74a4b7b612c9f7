import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { resolve } from 'node:path';
import { buildFunctions } from '#scripts/build.ts';
import { issueToken, tokenClaims } from '#scripts/platform/issue-token.ts';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { connectRedis, type RedisConnection } from '#shared/stores/redis/driver/connect.ts';
import { bundleServers } from '../../core/bundle.ts';
import type { Bench } from '../../core/row.ts';
import type { BenchServer } from '../../core/server.ts';
import { campaignTerms, createCampaigns } from '../campaigns/campaign-world.ts';
import { createStores } from '../pipeline/create-stores.ts';
import { createEventsTopics } from '../pipeline/events-topic.ts';

/** The tenant whose campaigns have cohorts. */
export const tenantId = 'members';

/** The action of its users. */
export const action = 'BUY';

/** The list that is uploaded, the cohort that is computed, and small lists. */
export const cohortNames = {
  uploaded: 'uploaded',
  computed: 'computed',
  few: Array.from({ length: 8 }, (_, index) => `few-${index}`),
};

/** All of them: each is the cohort of a campaign for the action. */
export const allCohorts = [cohortNames.uploaded, cohortNames.computed, ...cohortNames.few];

/** cms-api, recompute-cohort and evaluate-campaign, each as one process, and their stores. */
export type CohortWorld = Readonly<{
  sql: Sql;
  redis: RedisConnection;
  api: BenchServer;
  recompute: BenchServer;
  evaluate: BenchServer;
  token: string;
  close: () => Promise<void>;
}>;

/** Starts the functions over a tenant with ten campaigns, each for a cohort of its own. */
export const openCohortWorld = async (bench: Bench, members: number): Promise<CohortWorld> => {
  const { databaseUrl, redisUrl } = await createStores(bench);
  const topics = ['campaign-events', 'campaign-hits', 'campaign-qualified', 'incentive-generated'];
  await createEventsTopics(bench.urlOf('kafka'), topics);
  await createCampaigns(databaseUrl, { tenantId, actions: [action], campaigns: terms });
  const sql = connectPostgres({ url: databaseUrl, max: 2 });
  await createFew(sql, members / 100);
  const redis = connectRedis(redisUrl);
  const broker = await acceptingServer();
  const secret = randomBytes(32).toString('base64url');
  const stores = { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl };
  await buildFunctions();
  const [recomputeBundle = ''] = await bundleServers(['recompute-cohort'], bench.directory);
  const start = (name: string, bundle: string, environment: Readonly<Record<string, string>>) =>
    bench.start({ name, node: [bundle], environment: { ...stores, ...environment } });
  const brokers = { KAFKA_BROKERS: bench.urlOf('kafka') };
  return {
    ...{ sql, redis },
    token: await issueToken({ secret, tenantId, scopes: ['cms:read', 'cms:write'] }),
    api: await start('cms-api', `${dist}/cms-api/index.js`, {
      ...tokenClaims,
      AUTH_JWT_SECRET: secret,
      K_SINK: broker.url,
      WEBHOOK_SECRET_KEYS: `k1:${randomBytes(32).toString('base64')}`,
    }),
    recompute: await start('recompute-cohort', recomputeBundle, {
      ...brokers,
      REQUEST_SECONDS: '270',
    }),
    evaluate: await start('evaluate-campaign', `${dist}/evaluate-campaign/index.js`, brokers),
    close: async () => {
      await sql.end();
      redis.disconnect();
      broker.close();
    },
  };
};

const dist = resolve(import.meta.dirname, '../../../../dist');

/** A tenth of the actions of its members matches each. */
const terms = allCohorts.map((cohort, number) => ({
  ...campaignTerms(`For ${cohort}`, {
    action,
    amounts: { modulus: 100, from: number * 10, to: number * 10 + 10 },
    isQuest: false,
  }),
  cohort,
}));

/** Small lists, members since yesterday. */
const createFew = async (sql: Sql, members: number): Promise<void> => {
  for (const few of cohortNames.few) {
    await sql`
      insert into cohorts (tenant_id, cohort, name, kind, created_by)
      values (${tenantId}, ${few}, 'Few', 'STATIC', 'bench')`;
    await sql`
      insert into cohort_members (tenant_id, cohort, customer_id, since)
      select ${tenantId}, ${few}, 'u-' || number, now() - interval '1 day'
      from generate_series(0, ${members - 1}::int) as number`;
  }
};

/** A Broker that accepts every event and delivers none: ticks trigger recompute-cohort. */
const acceptingServer = async () => {
  const server = createServer((request, response) => {
    request.resume();
    response.writeHead(202).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
};
