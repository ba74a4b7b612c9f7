import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { Redis } from 'ioredis';
import { findOnPath } from './find-on-path.ts';
import { freePort } from './free-port.ts';
import { localServer } from './local-server.ts';
import { runCommand } from './run-command.ts';
import type { Service, ServiceContext } from './service.ts';

const settings = (port: number, directory: string): string[] =>
  Object.entries({
    port,
    bind: '127.0.0.1',
    dir: directory,
    daemonize: 'no',
    databases: 1024,
    save: '',
    appendonly: 'yes',
    appendfsync: 'everysec',
    'lazyfree-lazy-server-del': 'yes',
    'maxmemory-policy': 'noeviction',
  }).flatMap(([name, value]) => [`--${name}`, String(value)]);

const SERVICE_POLICY = '/usr/sbin/policy-rc.d';

/**
 * Installs only the program: our policy, if the machine has none, keeps Debian from starting it
 * too.
 */
const installOnDebian = async (): Promise<void> => {
  const noPolicy = !existsSync(SERVICE_POLICY);
  if (noPolicy) await writeFile(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const environment = { DEBIAN_FRONTEND: 'noninteractive' };
  const install = ['apt-get', 'install', '-y', '--no-install-recommends', 'redis-server'] as const;
  try {
    await runCommand(install, { environment }).catch(async () => {
      await runCommand(['apt-get', 'update'], { environment });
      await runCommand(install, { environment });
    });
  } finally {
    if (noPolicy) await rm(SERVICE_POLICY, { force: true });
  }
};

const redisProgram = async (log: ServiceContext['log']): Promise<string> => {
  const found = findOnPath('redis-server');
  if (found) return found;
  if (process.getuid?.() === 0 && findOnPath('apt-get')) {
    log('installing redis-server with apt-get');
    await installOnDebian();
  }
  const installed = findOnPath('redis-server');
  if (installed) return installed;
  throw new Error(
    'Redis is missing: install redis-server 7 or newer (Debian, Ubuntu: apt-get install redis-server; ' +
      'macOS: brew install redis) or set REDIS_URL',
  );
};

const answers = async (url: string): Promise<boolean> => {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null });
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    await redis.ping();
    return true;
  } finally {
    redis.disconnect();
  }
};

/**
 * Redis from this machine, appending every write to a file it syncs each second, on a free port.
 */
export const startRedis = async ({ directory, log }: ServiceContext): Promise<Service> => {
  const program = await redisProgram(log);
  log('starting');
  await mkdir(directory, { recursive: true });
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  const server = localServer({
    name: 'Redis',
    directory,
    command: [program, ...settings(port, directory)],
    stopSignal: 'SIGTERM',
    isReady: () => answers(url),
  });
  await server.start();
  return { url, server };
};
