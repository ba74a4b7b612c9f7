import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { boardPrefix } from '#shared/stores/redis/driver/keys.ts';
import type { Platform } from './start-platform.ts';
import { lettersLeft } from './topics/letters-left.ts';

const linesMax = 5;
const board = { tenantId: 'default', board: 'main' };

/** What may block a snapshot: the lease of a round, and the state that the last one left. */
const boardEvidence = async (redisUrl: string): Promise<unknown> => {
  const redis = connectRedis(redisUrl);
  const prefix = boardPrefix(board);
  try {
    return {
      leaseMsLeft: await redis.pttl(`${prefix}:lease`),
      pending: await redis.zcard(`${prefix}:pending`),
      taken: await redis.zcard(`${prefix}:taken`),
      meta: await redis.hgetall(`${prefix}:meta`),
    };
  } finally {
    redis.disconnect();
  }
};

const lastLines = async (logs: string, service: string): Promise<readonly string[]> => {
  const text = await readFile(join(logs, `${service}.log`), 'utf8');
  return text.trimEnd().split('\n').slice(-linesMax);
};

/** The state of a platform, for the message of a failure: with the error of what cannot be read. */
const evidenceOf = async ({ knative, brokers, services, logs }: Platform): Promise<string> => {
  const parts = {
    sources: knative.statistics(),
    letters: lettersLeft(brokers),
    board: boardEvidence(services.redis.url),
    rebuildRankSnapshot: lastLines(logs, 'rebuild-rank-snapshot'),
    leaderboardApi: lastLines(logs, 'leaderboard-api'),
  };
  const entries = Object.entries(parts).map(async ([name, part]) => [
    name,
    await Promise.resolve<unknown>(part).catch(String),
  ]);
  return JSON.stringify(Object.fromEntries(await Promise.all(entries)), undefined, 2);
};

/** Runs a step of a test; if it fails, the message includes the state of the platform. */
export const withEvidence = async <Result>(
  platform: Platform,
  step: () => Promise<Result>,
): Promise<Result> => {
  try {
    return await step();
  } catch (error) {
    throw new Error(`${String(error)}\n${await evidenceOf(platform)}`, { cause: error });
  }
};
