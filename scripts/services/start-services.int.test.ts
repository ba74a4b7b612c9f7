import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import postgres from 'postgres';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { until } from '#shared/testing/until.ts';
import { identify, isRunning } from './process-identity.ts';
import { startServices } from './start-services.ts';

const root = await mkdtemp(join(tmpdir(), 'guerdon-services-'));
afterAll(() => rm(root, { recursive: true, force: true }));

/** These tests kill and stop servers, so they use none that the run was given. */
beforeEach(() => {
  for (const name of ['DATABASE_URL', 'REDIS_URL', 'KAFKA_BROKERS']) vi.stubEnv(name, undefined);
});
afterEach(() => vi.unstubAllEnvs());

test('a server that is killed restarts on its port with its data', async () => {
  const services = await startServices({
    directory: join(root, 'test-killed'),
    need: ['postgres', 'redis'],
    temporary: true,
  });
  const sql = postgres(services.postgres.url, { max: 1, onnotice: () => undefined });
  const redis = new Redis(services.redis.url);
  expect(await sql`show fsync`).toEqual([{ fsync: 'on' }]);
  await sql`create table kept as select 1 as value`;
  await redis.set('kept', '1');

  await Promise.all([services.postgres.server?.kill(), services.redis.server?.kill()]);
  expect(services.postgres.server?.pid()).toBeUndefined();
  await Promise.all([services.postgres.server?.start(), services.redis.server?.start()]);

  expect(await sql`select value from kept`).toEqual([{ value: 1 }]);
  expect(await redis.get('kept')).toBe('1');
  await sql.end();
  redis.disconnect();
  await services.stop();
  expect(existsSync(join(root, 'test-killed'))).toBe(false);
});

const program = (directory: string) => `
  import { startServices } from ${JSON.stringify(join(import.meta.dirname, 'start-services.ts'))};
  const services = await startServices({ directory: ${JSON.stringify(directory)}, need: ['redis'] });
  console.log(services.redis.server.pid());
  setInterval(() => undefined, 1000);`;

/** Another process that runs Redis; resolves with its handle and the identity of its Redis. */
const startElsewhere = async (directory: string) => {
  const arguments_ = ['--input-type=module-typescript', '--eval', program(directory)];
  const owner = spawn(process.execPath, arguments_, { stdio: ['ignore', 'pipe', 'inherit'] });
  const [pid] = (await once(createInterface(owner.stdout), 'line')) as [string];
  return { owner, redis: identify(Number(pid))! };
};

test('Ctrl-C stops what was started and exits with 130', async () => {
  const { owner, redis } = await startElsewhere(join(root, 'interrupted'));
  owner.kill('SIGINT');
  expect(await once(owner, 'exit')).toEqual([130, null]);
  expect(isRunning(redis)).toBe(false);
});

test('a directory in use by a living process is refused', async () => {
  const directory = join(root, 'in-use');
  const { owner } = await startElsewhere(directory);
  await expect(startServices({ directory, need: ['redis'] })).rejects.toThrow(
    `in-use is already running as process ${owner.pid!}`,
  );
  owner.kill('SIGTERM');
  expect(await once(owner, 'exit')).toEqual([143, null]);
});

test('nothing survives a run that was killed, and the next one starts in its directory', async () => {
  const directory = join(root, 'crashed');
  const { owner, redis } = await startElsewhere(directory);
  owner.kill('SIGKILL');
  await once(owner, 'exit');
  const services = await startServices({ directory, need: ['redis'] });
  await until(() => !isRunning(redis));
  await services.stop();
});

test('another process under the pid of a dead server is not ended', async () => {
  const stranger = spawn('sleep', ['60']);
  await once(stranger, 'spawn');
  const identity = identify(stranger.pid!)!;
  expect(isRunning({ ...identity, startedAt: 'before' })).toBe(false);
  expect(isRunning(identity)).toBe(true);
  stranger.kill();
});

test('a service from the environment is used as it is and never stopped', async () => {
  vi.stubEnv('REDIS_URL', 'redis://example.invalid:6379');
  const services = await startServices({ directory: join(root, 'given'), need: ['redis'] });
  expect(services.redis).toEqual({ url: 'redis://example.invalid:6379' });
  await services.stop();
});
