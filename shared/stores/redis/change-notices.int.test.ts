import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { Unavailable } from '#shared/domain/errors.ts';
import { testRedis } from '#shared/testing/servers/servers.ts';
import { tcpProxy } from '#shared/testing/servers/tcp-proxy.ts';
import { announceChange, changeNotices } from './change-notices.ts';
import { connectRedis } from './driver/connect.ts';

const { url } = await testRedis();
const redis = connectRedis(url);
afterAll(() => redis.quit());

// Channels are not part of a logical database: one that no other test file has.
const channel = 'change-notices-test';

const listen = async (to = channel) => {
  const notices = changeNotices(redis, to);
  onTestFinished(() => notices.close());
  await expect.poll(() => notices.isListening()).toBe(true);
  return notices;
};

describe('changeNotices', () => {
  it('has another generation of the announced key, and of no other key or channel', async () => {
    const [notices, elsewhere] = [await listen(), await listen(`${channel}-2`)];
    const before = [notices.generation('a'), notices.generation('b'), elsewhere.generation('a')];
    await announceChange(redis, channel, 'a');
    await expect.poll(() => notices.generation('a')).not.toBe(before[0]);
    expect([notices.generation('b'), elsewhere.generation('a')]).toEqual(before.slice(1));
  });

  it('has another generation of every key once its connection was interrupted', async () => {
    const notices = await listen();
    const before = notices.generation('b');
    await redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await expect.poll(() => notices.generation('b')).not.toBe(before);
    await expect.poll(() => notices.isListening()).toBe(true);
  });

  it('listens again after its network was cut silently', async () => {
    const proxy = await tcpProxy({ port: Number(new URL(url).port) });
    const through = new URL(url);
    through.port = String(proxy.port);
    const notices = changeNotices(connectRedis(through.href), channel);
    onTestFinished(async () => {
      await notices.close();
      await proxy.close();
    });
    await expect.poll(() => notices.isListening()).toBe(true);
    const before = notices.generation('a');
    proxy.blackHole();
    proxy.restore();
    // The connection stays silent forever, which only a heartbeat can detect.
    await expect.poll(() => notices.generation('a'), { timeout: 50_000 }).not.toBe(before);
    await expect.poll(() => notices.isListening(), { timeout: 50_000 }).toBe(true);
  });
});

describe('announceChange', () => {
  it('throws Unavailable when Redis is unavailable', async () => {
    const away = connectRedis('redis://127.0.0.1:1');
    onTestFinished(() => away.disconnect());
    await expect(announceChange(away, channel, 'a')).rejects.toThrow(Unavailable);
  });
});
