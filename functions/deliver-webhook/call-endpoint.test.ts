import { afterAll, expect, it } from 'vitest';
import { guardedAgent, type Resolve } from '#shared/runtime/outbound/guarded-agent.ts';
import { receiver, withStatus } from '#shared/testing/servers/receiver.ts';
import { type Calling, callEndpoint } from './call-endpoint.ts';

type Options = Partial<Calling> & Readonly<{ resolve?: Resolve }>;

const call = async (url: string, { resolve, ...calling }: Options = {}) => {
  const targets = calling.targets ?? 'any';
  const dispatcher = guardedAgent({ targets, ...(resolve && { resolve }) });
  afterAll(() => dispatcher.destroy());
  const { result } = await callEndpoint(
    { dispatcher, targets, timeoutMs: 2 ** 30, origin: 'guerdon.example', ...calling },
    { method: 'POST', url, headers: {}, body: '{}' },
  );
  return result;
};

it('does not follow a redirect to another address', async () => {
  const metadata = await receiver();
  const target = await receiver(withStatus(307, { location: metadata.url }));
  expect(await call(target.url)).toMatchObject({ status: 307 });
  expect(metadata.received).toEqual([]);
});

it('calls no address of this network, whether by number or by a name that changed', async () => {
  const inside = await receiver();
  const refused = { error: 'address-refused' };
  expect(await call(inside.url, { targets: 'public' })).toEqual(refused);
  const resolve: Resolve = () => Promise.resolve(['8.8.8.8', '127.0.0.1']);
  const named = `http://rebinds.example.com:${inside.port}/`;
  expect(await call(named, { targets: 'public', resolve })).toEqual(refused);
  expect(inside.received).toEqual([]);
});

it('reads no answer to its end', async () => {
  const endless = await receiver((_received, response) => {
    response.writeHead(200);
    const write = () => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536)));
    };
    response.on('drain', write).on('error', () => undefined);
    write();
  });
  expect(await call(endless.url)).toMatchObject({ status: 200 });
});

it('waits no longer than an attempt may take, and names the error', async () => {
  const silent = await receiver(() => undefined);
  expect(await call(silent.url, { timeoutMs: 50 })).toEqual({ error: 'timeout' });
  expect(await call('http://127.0.0.1:1/')).toEqual({ error: 'ECONNREFUSED' });
});
