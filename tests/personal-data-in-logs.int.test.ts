/**
 * Personal data in any field, whatever goes wrong with it, is never in the logs, in what the
 * process prints, or in metrics.
 */

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { register } from 'prom-client';
import { afterAll, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { routes as cmsRoutes } from '#functions/cms-api/routes.ts';
import { stores as cmsStores } from '#functions/cms-api/stores.ts';
import { routes as identityRoutes } from '#functions/identity-api/routes.ts';
import { stores as identityStores } from '#functions/identity-api/stores.ts';
import { loggingGateway } from '#functions/push-notification/mobile/logging-gateway.ts';
import { routes as walletRoutes } from '#functions/wallet-api/routes.ts';
import { stores as walletStores } from '#functions/wallet-api/stores.ts';
import type { Contract } from '#shared/eventing/contract.ts';
import { CampaignQualified } from '#shared/eventing/contracts/campaigns.ts';
import { IncentiveGenerated } from '#shared/eventing/contracts/incentives.ts';
import { OrderPlaced, OrderProgressed, OrderRefunded } from '#shared/eventing/contracts/orders.ts';
import { PointsAdjusted } from '#shared/eventing/contracts/points-events.ts';
import { ActionPerformed } from '#shared/eventing/contracts/tenant-events.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import { customerHashes } from '#shared/runtime/customer-hashes.ts';
import { createEventFunction } from '#shared/runtime/events/serve-events.ts';
import { createHttpFunction } from '#shared/runtime/http/serve-http.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { secretBox } from '#shared/runtime/secret-box.ts';
import { idempotentRequests } from '#shared/stores/postgres/journal/idempotent-requests.ts';
import { testRedisClient, testSql } from '#shared/testing/servers/servers.ts';
import { fieldPaths, withValue } from '#shared/testing/worlds/hostile-values.ts';
import { eventFunctions } from './event-functions.ts';

const canary = `canary-${randomUUID()}`;
const sql = await testSql();
const redis = await testRedisClient();
const printed: string[] = [];
const log = createLogger('test', { write: (line) => printed.push(line) });
const publisher: Publisher = {
  publish: () => Promise.resolve([]),
  close: () => Promise.resolve(),
};
const parts = { sql, redis, publisher, log };
const clock = () => new Date();
const caller = {
  ...{ tenantId: 'default', subject: 'ann', unrestricted: true },
  scopes: new Set<string>(),
};
const api = {
  openapi: '{}',
  authenticate: () => Promise.resolve(caller),
  idempotency: idempotentRequests(sql),
};
const functions = {
  events: createEventFunction(
    { handlers: Object.values(eventFunctions({ sql, redis, log })).flat(), publisher },
    log,
  ),
  wallet: createHttpFunction(
    { ...api, routes: walletRoutes({ ...walletStores(parts), clock }) },
    log,
  ),
  identity: createHttpFunction(
    {
      ...api,
      routes: identityRoutes(
        identityStores({
          ...{ ...parts, clock, region: 'IN' },
          masterKeys: secretBox([{ id: 'test', bytes: Buffer.alloc(32, 7) }]),
          hashes: customerHashes([{ id: 'test', bytes: Buffer.alloc(32, 8) }]),
        }),
      ),
    },
    log,
  ),
  cms: createHttpFunction(
    {
      ...api,
      routes: cmsRoutes({
        ...cmsStores({
          ...parts,
          webhookSecrets: secretBox([{ id: 'test', bytes: Buffer.alloc(32, 7) }]),
          webhookTargets: 'public',
        }),
        clock,
      }),
    },
    log,
  ),
};
const servers = Object.entries(functions).map(([name, handle]) => {
  const server = createServer((request, response) => void handle(request, response));
  server.listen(0, '127.0.0.1');
  return { name, server };
});
afterAll(() => {
  for (const { server } of servers) server.close();
});

const ask = async (
  name: keyof typeof functions,
  path: string,
  options: Readonly<{ method?: string; body: string; type?: string }>,
): Promise<number> => {
  const { server } = servers.find((each) => each.name === name)!;
  const { port } = server.address() as AddressInfo;
  const { method = 'POST', body, type = 'application/json' } = options;
  const headers = { 'content-type': type, 'idempotency-key': randomUUID() };
  const url = `http://127.0.0.1:${port}${path}`;
  return (await fetch(url, { method, headers, body })).status;
};

const send = (contract: Contract, data: unknown): Promise<number> => {
  const event = {
    specversion: '1.0',
    id: randomUUID(),
    source: '/test',
    type: contract.type,
    data,
  };
  const type = 'application/cloudevents+json';
  return ask('events', '/', { body: JSON.stringify(event), type });
};

/** Ids are pseudonyms, which logs may contain. */
const isId = (path: readonly string[]): boolean => /id$/i.test(path.at(-1) ?? '');

const contracts = [
  ...[ActionPerformed, OrderPlaced, OrderRefunded, OrderProgressed, CampaignQualified],
  ...[IncentiveGenerated, PointsAdjusted],
];

/** Records with the canary in one field each, of any type, and in additional fields. */
const records = contracts.flatMap((contract) => {
  const schema = z.toJSONSchema(contract.schema, { io: 'input', unrepresentable: 'any' });
  const paths = fieldPaths(schema as Parameters<typeof fieldPaths>[0]);
  return [...paths, ['contact'], ['payload', 'name'], ['payload', 'amountMinor']]
    .filter((path) => !isId(path))
    .flatMap((path) =>
      [canary, [canary], { [canary]: canary }].map((value) => ({
        contract,
        data: withValue(contract.example, path, value),
      })),
    );
});

const customer = '/api/v1/tenants/default/customers/c-1';
const wallet = `${customer}/wallets/points`;
const unified = '/api/v1/tenants/default/unified-customers';
const quoted = JSON.stringify(canary);
const requests: readonly Readonly<{
  name: keyof typeof functions;
  path: string;
  body: string;
  method?: string;
}>[] = [
  ...[`{"points": 1, "reason": ${quoted}}`, `{"points": ${quoted}, "reason": 1}`].map((body) => ({
    ...({ name: 'wallet', path: `${wallet}/adjustments`, body } as const),
  })),
  { name: 'wallet', path: `${wallet}/redemptions`, body: `{"points": 5, "reference": ${quoted}}` },
  { name: 'wallet', path: `${wallet}/redemptions`, body: `{"points": 5, "reference": ${quoted}` },
  { name: 'wallet', path: `${wallet}/redemptions`, body: `{${quoted}: 5}` },
  {
    ...{ name: 'wallet', path: `${customer}/inbox/devices` },
    body: `{"platform": ${quoted}, "token": ${quoted}}`,
  },
  {
    ...{ name: 'wallet', path: `${customer}/inbox/devices` },
    body: `{"platform": "ios", "token": ${quoted}}`,
  },
  {
    ...{ name: 'wallet', path: `${customer}/inbox/devices?token=${canary}&${canary}` },
    ...{ method: 'DELETE', body: '{}' },
  },
  {
    name: 'cms',
    path: '/api/v1/tenants/default/evaluate',
    body: `{"payload": {"name": ${quoted}}}`,
  },
  ...['phone', 'email', 'cardToken', 'name'].map((field) => ({
    ...({ name: 'identity', path: `${unified}:search`, body: `{"${field}": ${quoted}}` } as const),
  })),
  ...[quoted, '7', '{}'].map((id) => ({
    ...({ name: 'identity', path: `${unified}/1:merge` } as const),
    body: `{"customerId": ${id}, "reason": ${quoted}}`,
  })),
  {
    ...{ name: 'identity', path: '/api/v1/tenants/default/link-decisions/1/2', method: 'PUT' },
    body: `{"decided": "SAME", "reason": ${quoted}}`,
  },
  {
    ...{ name: 'cms', path: '/api/v1/cohorts' },
    body: `{"cohort": ${quoted}, "name": ${quoted}, "members": [${quoted}, 1]}`,
  },
];

const sendEverything = async (): Promise<ReadonlySet<number>> => {
  const statuses = new Set<number>();
  for (const { contract, data } of records) statuses.add(await send(contract, data));
  for (const body of [`{"name": ${quoted}`, quoted, `[${quoted}]`, canary])
    for (const type of ['application/cloudevents+json', 'application/json'])
      statuses.add(await ask('events', '/', { body, type }));
  for (const { name, path, ...options } of requests) statuses.add(await ask(name, path, options));
  return statuses;
};

/** Nothing printed since then, nor any metric, contains the canary. */
const expectSilence = async (): Promise<void> => {
  expect(printed.filter((line) => line.includes(canary))).toEqual([]);
  expect(await register.metrics()).not.toContain(canary);
};

it('no field of a record or request is logged, whether it is accepted or refused', async () => {
  const streams = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write'));
  expect(await sendEverything()).toEqual(new Set([204, 400, 201, 409, 200, 404]));
  expect(printed.some((line) => line.includes('refused'))).toBe(true);
  await expectSilence();
  const written = streams.flatMap((stream) => stream.mock.calls.map(([chunk]) => String(chunk)));
  for (const stream of streams) stream.mockRestore();
  expect(written.filter((chunk) => chunk.includes(canary))).toEqual([]);
});

it('nothing of rows that Postgres refuses and quotes is logged', async () => {
  await sql`alter table events add constraint never check (false) not valid`;
  await sql`alter table push_devices add constraint never check (false) not valid`;
  await sql`alter table points_ledger add constraint never check (reason is null) not valid`;
  expect(await sendEverything()).toContain(500);
  expect(printed.join()).toContain('violates check constraint');
  await expectSilence();
  for (const table of ['events', 'points_ledger', 'push_devices'])
    await sql`alter table ${sql(table)} drop constraint never`;
  // Such a statement would be a bug of ours.
  for (const fail of [() => sql`select ${canary}::text::integer`, () => parsed(canary)])
    await fail().catch((error: unknown) => {
      const cause = error instanceof Error ? error : undefined;
      log.error({ err: new Error('failed', { cause }) }, 'failed');
    });
  expect(printed.join()).toContain('invalid input syntax for type integer: \\"…\\"');
  await expectSilence();
});

const parsed = (text: string): Promise<unknown> =>
  Promise.resolve(text).then((json) => JSON.parse(json) as unknown);

it('nothing of a notification to a phone is logged', async () => {
  const notification = { id: 'm', title: canary, expiresAt: new Date(), data: { canary } };
  await loggingGateway('ios', log).send(canary, notification);
  await expectSilence();
});

it('nothing is logged while Postgres is unavailable', async () => {
  await sql.end();
  expect(await sendEverything()).toContain(503);
  await expectSilence();
});
