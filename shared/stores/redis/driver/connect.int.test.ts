import { afterAll, afterEach, expect, it } from 'vitest';
import { testRedis } from '#shared/testing/servers/servers.ts';
import { tcpProxy } from '#shared/testing/servers/tcp-proxy.ts';
import { until } from '#shared/testing/until.ts';
import { connectRedis } from './connect.ts';

const { url } = await testRedis();
const proxy = await tcpProxy({ port: Number(new URL(url).port) });
const through = new URL(url);
through.port = String(proxy.port);
const redis = connectRedis(through.href);
afterEach(() => proxy.restore());
afterAll(async () => {
  redis.disconnect();
  await proxy.close();
});

it('fails its commands while the network is silent, and works on once it is back', async () => {
  expect(await redis.ping()).toBe('PONG');
  proxy.blackHole();
  await expect(redis.ping()).rejects.toThrow();
  proxy.restore();
  // The old connection stays silent forever: only a new one can answer.
  const answers = () => redis.ping().then(() => true);
  await until(answers);
});

it('sends a command again whose connection fell silent, while its caller still waits for it', async () => {
  await redis.ping();
  proxy.blackHole();
  proxy.restore();
  expect(await redis.incr('sent')).toBe(1);
  expect(await redis.get('sent')).toBe('1');
});
