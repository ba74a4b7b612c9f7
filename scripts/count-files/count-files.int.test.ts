import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { hasKafka, testDatabase, testKafka, testRedis } from '#shared/testing/servers/servers.ts';
import { countFiles, filesMax } from './count-files.ts';

const database = await testDatabase();
const redis = await testRedis();
const { brokers } = testKafka();
const directory = await mkdtemp(join(tmpdir(), 'guerdon-count-files-'));
afterAll(() => rm(directory, { recursive: true }));

describe.skipIf(!hasKafka())('one delivery', () => {
  it('runs through no more of our files than allowed', async () => {
    const counted = await countFiles({
      directory,
      databaseUrl: database.url,
      redisUrl: redis.url,
      brokers,
    });
    for (const [delivered, files] of Object.entries(counted)) {
      const max = filesMax[delivered as keyof typeof filesMax];
      expect.soft(files.length, `${delivered}:\n${files.join('\n')}`).toBeLessThanOrEqual(max);
      expect(files.some((file) => file.startsWith('functions/'))).toBe(true);
    }
  });
});
