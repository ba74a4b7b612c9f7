import { describe, expect, it, onTestFinished } from 'vitest';
import { testRedisClient } from '#shared/testing/servers/servers.ts';
import { connectRedis } from '../driver/connect.ts';
import { boardPrefix, snapshotChannel } from '../driver/keys.ts';
import { snapshotNotices } from './snapshot-notices.ts';

const redis = await testRedisClient();

// Channels are not part of a logical database: a tenant that no other test file has.
const board = { tenantId: 'notices', board: 'main' };
const other = { tenantId: 'notices', board: 'other' };

const listen = async () => {
  const notices = snapshotNotices(redis);
  onTestFinished(() => notices.close());
  await expect.poll(() => notices.isListening()).toBe(true);
  return notices;
};
const announce = () => redis.publish(snapshotChannel, boardPrefix(board));

describe('snapshotNotices', () => {
  it('has another generation after each announcement of the board', async () => {
    const notices = await listen();
    const before = [notices.generation(board), notices.generation(other)];
    await announce();
    await expect.poll(() => notices.generation(board)).not.toBe(before[0]);
    expect(notices.generation(other)).toBe(before[1]);
  });

  it('has another generation for every board once its connection was interrupted, and listens again', async () => {
    const notices = await listen();
    const before = notices.generation(other);
    await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await expect.poll(() => notices.generation(other)).not.toBe(before);
    await expect.poll(() => notices.isListening()).toBe(true);

    const again = notices.generation(board);
    await announce();
    await expect.poll(() => notices.generation(board)).not.toBe(again);
  });

  it('does not listen while Redis is unavailable, but does not fail, either', async () => {
    const notices = snapshotNotices(connectRedis('redis://127.0.0.1:1'));
    expect(notices.isListening()).toBe(false);
    expect(notices.generation(board)).toMatch(/\d/);
    await notices.close();
  });
});
