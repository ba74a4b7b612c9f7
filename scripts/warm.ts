/**
 * Fills Redis from Postgres, or from the changelog of balances in Kafka: every balance of every
 * program, and the live boards. Functions work without it, since they read from Postgres what Redis
 * lacks; before a campaign, or after Redis was replaced, it saves them these reads.
 */

import { Option, program } from 'commander';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { topicReader } from '#shared/eventing/kafka/topic-reader.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { currentBalances } from '#shared/stores/postgres/ledger/current-balances.ts';
import { type TenantStore, tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { balanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { findAddress, findBrokers } from './platform/addresses.ts';
import { positive } from './platform/options.ts';
import { progressBar } from './platform/progress-bar.ts';
import { runProgram } from './platform/run-program.ts';
import { warmBalances } from './warm/warm-balances.ts';
import { warmFromChangelog } from './warm/warm-from-changelog.ts';

type Options = Readonly<{ tenant?: string; rate?: number; fromChangelog?: true }>;

const tenantsWanted = async (tenants: TenantStore, tenantId: string | undefined) => {
  if (tenantId === undefined) return tenants.all();
  const tenant = await tenants.find(tenantId);
  if (tenant === undefined) throw new Error(`Tenant ${tenantId} does not exist`);
  return [tenant];
};

const fromChangelog = async (): Promise<void> => {
  const clientId = 'warm';
  const kafka = new Kafka({
    clientId,
    brokers: [...(await findBrokers())],
    logLevel: logLevel.NOTHING,
  });
  const redis = connectRedis(await findAddress('REDIS_URL'));
  try {
    const read = await warmFromChangelog({
      reader: topicReader(kafka, clientId),
      cache: balanceCache(redis),
    });
    console.log(`${read.toLocaleString('en')} records of balances, without Postgres`);
  } finally {
    redis.disconnect();
  }
};

const warm = async ({ tenant: tenantId, rate, ...options }: Options): Promise<void> => {
  if (options.fromChangelog) return fromChangelog();
  const sql = connectPostgres({ url: await findAddress('DATABASE_URL'), max: 2 });
  const redis = connectRedis(await findAddress('REDIS_URL'));
  try {
    const current = currentBalances(sql);
    const startedAt = performance.now();
    let warmed = 0;
    for (const tenant of await tenantsWanted(tenantStore(sql), tenantId)) {
      const bar = progressBar(tenant.tenantId, await current.count(tenant.tenantId));
      warmed += await warmBalances({
        currentBalances: current,
        cache: balanceCache(redis),
        tenant,
        ratePerSecond: rate,
        onProgress: bar.update,
      });
      bar.stop();
    }
    const seconds = (performance.now() - startedAt) / 1000;
    const speed = Math.round(warmed / seconds).toLocaleString('en');
    console.log(
      `${warmed.toLocaleString('en')} balances in ${seconds.toFixed(1)} s, ${speed} a second`,
    );
  } finally {
    await sql.end();
    redis.disconnect();
  }
};

program
  .name('npm run warm --')
  .description(
    'Fills Redis from Postgres or from Kafka. It is safe while functions run, and safe to repeat.',
  )
  .option('--tenant <id>', 'only this tenant')
  .option('--rate <n>', 'maximum balances a second', positive)
  .addOption(
    new Option(
      '--from-changelog',
      'fill all balances from Kafka alone, if Postgres is unavailable',
    ).conflicts(['tenant', 'rate']),
  )
  .action(warm);

await runProgram(program);
