import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { request } from 'undici';
import { afterAll, expect, it } from 'vitest';
import { guardedAgent, guardedLookup, type Resolve, refuseAddress } from './guarded-agent.ts';

let requests = 0;
const server = createServer((_request, response) => {
  requests += 1;
  response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data' }).end();
}).listen(0, '127.0.0.1');
await once(server, 'listening');
afterAll(() => server.close());
const { port } = server.address() as AddressInfo;

/** What a lookup of sockets answers. */
const lookUp = (addresses: readonly string[], all: boolean) =>
  new Promise((resolve) => {
    guardedLookup(() => Promise.resolve(addresses))('example.com', { all }, (error, found) =>
      resolve(error === null ? found : error.message),
    );
  });

it.each([['10.0.0.1'], ['::ffff:127.0.0.1'], ['8.8.8.8', '169.254.169.254'], []])(
  'refuses a name with the addresses %j %j',
  async (...addresses) => {
    expect(await lookUp(addresses, true)).toBe('example.com does not have public addresses only');
  },
);

it('connects to the addresses that it checked', async () => {
  expect(await lookUp(['8.8.8.8', '2606:4700::1111'], true)).toEqual([
    { address: '8.8.8.8', family: 4 },
    { address: '2606:4700::1111', family: 6 },
  ]);
  expect(await lookUp(['8.8.8.8'], false)).toBe('8.8.8.8');
});

it('refuses a name that was public when it was registered and resolves to loopback now', async () => {
  const answers = [['8.8.8.8'], ['127.0.0.1']];
  let lookups = 0;
  const resolve: Resolve = () => Promise.resolve(answers[(lookups += 1) - 1] ?? []);
  await resolve('rebinds.example.com');
  const dispatcher = guardedAgent({ targets: 'public', resolve });
  await expect(
    request(`http://rebinds.example.com:${port}/`, { dispatcher }),
  ).rejects.toMatchObject({ code: 'address-refused' });
  expect({ lookups, requests }).toEqual({ lookups: 2, requests: 0 });
  await dispatcher.close();
});

it('resolves again for each connection and never between check and connect', async () => {
  let lookups = 0;
  const resolve: Resolve = () => {
    lookups += 1;
    return Promise.resolve(lookups === 1 ? ['127.0.0.1'] : ['8.8.8.8']);
  };
  const dispatcher = guardedAgent({ targets: 'public', resolve });
  await expect(
    request(`http://rebinds.example.com:${port}/`, { dispatcher }),
  ).rejects.toMatchObject({ code: 'address-refused' });
  expect(lookups).toBe(1);
  await dispatcher.close();
});

it('does not look up addresses, which are refused before', () => {
  const refused = (url: string) => refuseAddress(new URL(url), 'public')?.code;
  expect(refused('https://127.0.0.1/')).toBe('address-refused');
  expect(refused('https://[::ffff:a9fe:a9fe]/')).toBe('address-refused');
  expect(refused('https://8.8.8.8/')).toBeUndefined();
  expect(refused('https://example.com/')).toBeUndefined();
  expect(refuseAddress(new URL('http://127.0.0.1/'), 'any')).toBeUndefined();
});

it('does not follow redirects', async () => {
  const dispatcher = guardedAgent({ targets: 'any' });
  const answer = await request(`http://127.0.0.1:${port}/`, { dispatcher });
  await answer.body.dump();
  expect(answer.statusCode).toBe(302);
  await dispatcher.close();
});

it('sends nothing to a host whose certificate is not valid', async ({ skip }) => {
  skip(spawnSync('openssl', ['version']).status !== 0, 'openssl is not installed');
  const command = 'req -x509 -newkey rsa:2048 -nodes -subj /CN=127.0.0.1 -keyout - -out -';
  const pem = execFileSync('openssl', command.split(' '), { encoding: 'utf8', stdio: 'pipe' });
  const tls = createTlsServer({ key: pem, cert: pem }, () => (requests += 1));
  afterAll(() => tls.close());
  await once(tls.listen(0, '127.0.0.1'), 'listening');
  const before = requests;
  const dispatcher = guardedAgent({ targets: 'any' });
  const url = `https://127.0.0.1:${(tls.address() as AddressInfo).port}/`;
  await expect(request(url, { dispatcher })).rejects.toMatchObject({
    code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  });
  expect(requests).toBe(before);
  await dispatcher.close();
});
