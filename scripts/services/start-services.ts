import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { cacheDirectory } from './cache-directory.ts';
import { startKafka } from './kafka-server.ts';
import { startPostgres } from './postgres-server.ts';
import type { Report } from './progress.ts';
import { startRedis } from './redis-server.ts';
import { claimRunDirectory } from './run-directory.ts';
import type { Service, ServiceContext, ServiceName } from './service.ts';
import { whenEnding } from './when-ending.ts';

/** The requested services, by name, and one way to stop those that we started. */
export type Services<Name extends ServiceName = ServiceName> = Readonly<Record<Name, Service>> &
  Readonly<{ stop(): Promise<void> }>;

type Request<Name extends ServiceName> = Readonly<{
  /** Where this run keeps its state: `.guerdon/<run name>`. */
  directory: string;
  need: readonly Name[];
  report?: Report;
  /** Starts empty and leaves nothing behind. */
  temporary?: boolean;
  /** Whether Postgres syncs commits to disk, as in a deployment. */
  isDurable?: boolean;
}>;

const variables: Readonly<Record<ServiceName, string>> = {
  postgres: 'DATABASE_URL',
  redis: 'REDIS_URL',
  kafka: 'KAFKA_BROKERS',
};

const starters: Readonly<Record<ServiceName, (context: ServiceContext) => Promise<Service>>> = {
  postgres: startPostgres,
  redis: startRedis,
  kafka: (context) => startKafka({ ...context, cache: cacheDirectory }),
};

const bringUp = async (
  name: ServiceName,
  context: Omit<ServiceContext, 'log'>,
  report: Report,
): Promise<Service> => {
  const url = process.env[variables[name]];
  if (url) {
    report({ subject: name, step: `using ${variables[name]}`, done: true });
    return { url };
  }
  const log = (step: string) => report({ subject: name, step });
  const service = await starters[name]({ ...context, log });
  report({ subject: name, step: `ready at ${service.url}`, done: true });
  return service;
};

/**
 * Starts what is needed, all at once: each service from its URL in the environment, else as a local
 * process on a free loopback port. If one fails, the others are stopped and its error is thrown.
 * Ctrl-C stops all.
 */
export const startServices = async <Name extends ServiceName>({
  directory,
  need,
  report = () => undefined,
  temporary = false,
  isDurable = true,
}: Request<Name>): Promise<Services<Name>> => {
  const root = resolve(directory);
  await mkdir(cacheDirectory, { recursive: true });
  const release = await claimRunDirectory(root, { temporary });
  const running = new Map<Name, Service>();

  const stop = async () => {
    forget();
    await Promise.all(Array.from(running.values(), async ({ server }) => server?.stop()));
    running.clear();
    await release();
  };
  const forget = whenEnding(stop);

  const outcomes = await Promise.allSettled(
    need.map(async (name) =>
      running.set(name, await bringUp(name, { directory: join(root, name), isDurable }, report)),
    ),
  );
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure) {
    await stop();
    throw failure.reason;
  }
  return { ...(Object.fromEntries(running) as Record<Name, Service>), stop };
};
