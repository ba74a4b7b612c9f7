import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { cacheDirectory } from '#scripts/services/cache-directory.ts';
import { kafkaObstacle } from '#scripts/services/kafka-server.ts';
import type { ServiceName } from '#scripts/services/service.ts';
import { type Services, startServices } from '#scripts/services/start-services.ts';
import { terminalReport } from '#scripts/services/terminal-report.ts';
import { migrate } from '#shared/stores/postgres/schema/migrate.ts';

declare module 'vitest' {
  // Vitest merges declarations of this interface; a type cannot be merged.
  // eslint-disable-next-line @typescript-eslint/consistent-type-definitions
  export interface ProvidedContext {
    postgresUrl: string;
    /** A migrated database; every test database is a copy of it. */
    templateDatabase: string;
    redisUrl: string;
    /** Undefined where this machine cannot run Kafka. */
    kafkaBrokers: string | undefined;
  }
}

type AtLeast<Name extends ServiceName> = Services<Name> & Partial<Services>;

/** Tests that need Kafka are skipped where it cannot run, but never in CI and never in silence. */
const canRunKafka = async (): Promise<boolean> => {
  if (process.env['KAFKA_BROKERS']) return true;
  const obstacle = await kafkaObstacle(cacheDirectory);
  if (obstacle === undefined) return true;
  if (process.env['CI']) throw new Error(obstacle);
  console.warn(`\nSKIPPING ALL TESTS THAT NEED KAFKA. ${obstacle}\n`);
  return false;
};

const createTemplate = async (postgresUrl: string, name: string): Promise<void> => {
  const sql = postgres(postgresUrl, { max: 1 });
  await sql`create database ${sql(name)}`;
  await sql.end();
  const url = new URL(postgresUrl);
  url.pathname = name;
  await migrate(url.href);
};

const dropTemplate = async (postgresUrl: string, name: string): Promise<void> => {
  const sql = postgres(postgresUrl, { max: 1 });
  await sql`drop database ${sql(name)} with (force)`;
  await sql.end();
};

/** Starts Postgres, Redis and Kafka once for all test files of a run and stops them at its end. */
export const setup = async (project: TestProject): Promise<() => Promise<void>> => {
  const run = randomBytes(4).toString('hex');
  const kafka: 'kafka'[] = (await canRunKafka()) ? ['kafka'] : [];
  const services: AtLeast<'postgres' | 'redis'> = await startServices({
    directory: resolve(import.meta.dirname, `../../../.guerdon/test-${run}`),
    need: ['postgres', 'redis', ...kafka],
    report: terminalReport(),
    temporary: true,
    // Tests that kill Postgres start their own.
    isDurable: false,
  });
  const postgresUrl = services.postgres.url;
  const templateDatabase = `guerdon_template_${run}`;
  await createTemplate(postgresUrl, templateDatabase);

  project.provide('postgresUrl', postgresUrl);
  project.provide('templateDatabase', templateDatabase);
  project.provide('redisUrl', services.redis.url);
  project.provide('kafkaBrokers', services.kafka?.url);

  return async () => {
    await dropTemplate(postgresUrl, templateDatabase);
    await services.stop();
  };
};
