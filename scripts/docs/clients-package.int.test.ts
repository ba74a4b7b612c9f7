import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const directory = await mkdtemp(join(tmpdir(), 'guerdon-clients-'));
const app = join(directory, 'app');
afterAll(() => rm(directory, { recursive: true, force: true }));

const run = async (cwd: string, command: string, ...args: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)(command, [...args], { cwd });
  return stdout;
};

const program = `
import { ApiProblem, bodyOf, createClient, type CmsApi, type LeaderboardApi, type WalletApi } from '@guerdon/clients';
import { connectClient, type Frame, overEventStream } from '@guerdon/clients/connect';

const server = { url: process.argv[2] ?? '', token: () => 'a-token' };
const wallets = createClient<WalletApi>(server);
const path = { tenantId: 'acme', customerId: 'c 1', program: 'points' };
const wallet = '/api/v1/tenants/{tenantId}/customers/{customerId}/wallets/{program}';
const found = await bodyOf(wallets.GET(wallet, { params: { path } }));
const points: number = found.points;
// @ts-expect-error A wallet has no such field.
void found.dollars;

const params = { path: { cohortId: 'none' } };
const refused = await bodyOf(createClient<CmsApi>(server).GET('/api/v1/cohorts/{cohortId}', { params }))
  .catch((error: unknown) => error);
const code = refused instanceof ApiProblem ? refused.code : '';

// @ts-expect-error The API has no such path.
void createClient<LeaderboardApi>(server).GET('/nowhere').catch(() => undefined);

const frame = await new Promise<Frame>((onFrame) => {
  const client = connectClient({
    ...server,
    onFrame: (received) => {
      client.close();
      onFrame(received);
    },
    transports: [overEventStream],
  });
});
console.log(JSON.stringify({ points, code, frame: frame.id }));
`;

/** What the client of connect-client receives. */
const frames = [
  { type: 'WELCOME', recovered: true, lastId: '6', heartbeatMs: 25_000 },
  { type: 'INCENTIVE_NOTIFICATION', id: '7' },
];

/** Settings of an app: none of ours apply. */
const compilerOptions = {
  ...{ target: 'es2024', module: 'nodenext', lib: ['es2024'], types: ['node'] },
  ...{ strict: true, exactOptionalPropertyTypes: true, skipLibCheck: true, noEmit: true },
  typeRoots: [join(root, 'node_modules/@types')],
};

it('@guerdon/clients can be packed, installed offline, compiled against and called', async () => {
  const dependencies = ['openapi-fetch', 'openapi-typescript-helpers'];
  const folders = dependencies.map((name) => join(root, 'node_modules', name));
  await run(root, 'npm', 'pack', '--ignore-scripts', '--pack-destination', directory, ...folders);
  await run(join(root, 'clients'), 'npm', 'pack', '--pack-destination', directory);
  const packages = (await readdir(directory)).map((file) => join(directory, file));
  expect(packages).toHaveLength(3);

  await mkdir(app);
  await writeFile(join(app, 'package.json'), '{"type":"module"}');
  await run(app, 'npm', 'install', '--offline', '--no-audit', '--no-fund', ...packages);
  await writeFile(join(app, 'call.ts'), program);
  await writeFile(
    join(app, 'tsconfig.json'),
    JSON.stringify({ compilerOptions, include: ['call.ts'] }),
  );
  await run(app, join(root, 'node_modules/.bin/tsc'));

  const requests: unknown[] = [];
  const server = createServer(({ method, url = '', headers: { authorization } }, response) => {
    requests.push({ method, url, authorization });
    if (url === '/events') {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(frames.map((each) => `data: ${JSON.stringify(each)}\n\n`).join(''));
      return;
    }
    const isFound = url.includes('/wallets/');
    response
      .writeHead(isFound ? 200 : 404, { 'content-type': 'application/json' })
      .end(JSON.stringify(isFound ? { points: 42 } : { code: 'cohort-not-found', detail: 'No' }));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const printed = await run(app, process.execPath, 'call.ts', `http://127.0.0.1:${port}`);
  server.close();
  expect(JSON.parse(printed)).toEqual({ points: 42, code: 'cohort-not-found', frame: '7' });
  expect(requests.slice(0, 1)).toEqual([
    {
      method: 'GET',
      url: '/api/v1/tenants/acme/customers/c%201/wallets/points',
      authorization: 'Bearer a-token',
    },
  ]);
});
