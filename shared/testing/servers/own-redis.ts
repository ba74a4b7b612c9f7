import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { startRedis } from '#scripts/services/redis-server.ts';
import type { LocalServer } from '#scripts/services/service.ts';

type OwnRedis = Readonly<{
  url: string;
  server: LocalServer;
  /** Makes it hang: connections stay open and nothing is answered. */
  freeze: () => void;
  thaw: () => void;
  /** Deletes its files while it is down, so that it restarts empty. */
  loseData: () => Promise<void>;
}>;

/**
 * A Redis that a test file may kill, freeze and start again. Called at the top of the file; it ends
 * after the last test.
 */
export const ownRedis = async (): Promise<OwnRedis> => {
  const directory = await mkdtemp(join(tmpdir(), 'guerdon-redis-'));
  const { url, server } = await startRedis({ directory, isDurable: false, log: () => undefined });
  if (server === undefined) throw new Error('This Redis is not ours');
  const signal = (name: NodeJS.Signals) => process.kill(server.pid()!, name);
  afterAll(async () => {
    await server.kill();
    await rm(directory, { recursive: true, force: true });
  });
  return {
    url,
    server,
    freeze: () => signal('SIGSTOP'),
    thaw: () => signal('SIGCONT'),
    loseData: () => rm(join(directory, 'appendonlydir'), { recursive: true, force: true }),
  };
};
