import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll } from 'vitest';
import { eventually } from '#scripts/services/eventually.ts';
import { findOnPath } from '#scripts/services/find-on-path.ts';
import { freePort } from '#scripts/services/free-port.ts';
import { localServer } from '#scripts/services/local-server.ts';
import type { LocalServer } from '#scripts/services/service.ts';

/** One of several Redis servers of a test file. It stores nothing on disk, so it restarts empty. */
export type RedisNode = Readonly<{
  port: number;
  server: LocalServer;
  /** Sends it one command, on a connection of its own. */
  ask: (...command: readonly [string, ...(string | number)[]]) => Promise<unknown>;
}>;

const startNode = async (
  settings: readonly string[],
  ...flags: readonly string[]
): Promise<RedisNode> => {
  const directory = await mkdtemp(join(tmpdir(), 'guerdon-redis-'));
  const port = await freePort();
  const ask: RedisNode['ask'] = async (name, ...parameters) => {
    const redis = new Redis({ port, lazyConnect: true, retryStrategy: () => null });
    redis.on('error', () => undefined);
    try {
      return await redis.call(name, ...parameters);
    } finally {
      redis.disconnect();
    }
  };
  const configuration = join(directory, 'redis.conf');
  const lines = [`port ${port}`, 'bind 127.0.0.1', `dir ${directory}`, ...settings, ''];
  await writeFile(configuration, lines.join('\n'));
  const server = localServer({
    name: 'Redis',
    directory,
    command: [findOnPath('redis-server') ?? 'redis-server', configuration, ...flags],
    stopSignal: 'SIGTERM',
    isReady: async () => (await ask('PING')) === 'PONG',
  });
  await server.start();
  afterAll(async () => {
    await server.kill();
    await rm(directory, { recursive: true, force: true });
  });
  return { port, server, ask };
};

/** Nothing is kept on disk. */
const volatile = ['save ""', 'appendonly no'];

const until = async (what: string, isTrue: () => Promise<boolean>): Promise<void> => {
  if (!(await eventually(isTrue, { timeoutMs: 60_000 }))) throw new Error(`Never ${what}`);
};

const slots = 16_384;

/** A cluster of three masters for one test file; other slots stay up when one is down. */
export const redisCluster = async (): Promise<{ url: string; nodes: readonly RedisNode[] }> => {
  const buses = await Promise.all([freePort(), freePort(), freePort()]);
  const nodes = await Promise.all(
    buses.map((bus) =>
      startNode([
        ...volatile,
        'cluster-enabled yes',
        `cluster-port ${bus}`,
        'cluster-node-timeout 2000',
        'cluster-require-full-coverage no',
      ]),
    ),
  );
  const share = Math.ceil(slots / nodes.length);
  for (const [index, { ask }] of nodes.entries()) {
    await ask('CLUSTER', 'ADDSLOTSRANGE', index * share, Math.min(slots, (index + 1) * share) - 1);
    for (const [other, { port }] of nodes.entries())
      await ask('CLUSTER', 'MEET', '127.0.0.1', port, buses[other] ?? '');
  }
  await until('a cluster', async () => {
    const states = await Promise.all(nodes.map(({ ask }) => ask('CLUSTER', 'INFO')));
    return states.every((state) =>
      /cluster_state:ok[^]*cluster_slots_ok:16384[^]*cluster_known_nodes:3/.test(String(state)),
    );
  });
  const hosts = nodes.map(({ port }) => `127.0.0.1:${port}`).join(',');
  return { url: `redis+cluster://${hosts}`, nodes };
};

/** A primary and its replica with a sentinel, for one test file. */
export const redisUnderSentinel = async () => {
  const primary = await startNode(volatile);
  const replica = await startNode([...volatile, `replicaof 127.0.0.1 ${primary.port}`]);
  await until('a replica', async () =>
    String(await replica.ask('INFO', 'replication')).includes('master_link_status:up'),
  );
  const sentinel = await startNode(
    [
      `sentinel monitor rewards 127.0.0.1 ${primary.port} 1`,
      'sentinel down-after-milliseconds rewards 1000',
      'sentinel failover-timeout rewards 10000',
    ],
    '--sentinel',
  );
  await until('known to the sentinel', async () =>
    JSON.stringify(await sentinel.ask('SENTINEL', 'REPLICAS', 'rewards')).includes(
      String(replica.port),
    ),
  );
  return { url: `redis+sentinel://127.0.0.1:${sentinel.port}/rewards`, primary, replica };
};
