/**
 * Every field of every event from outside: whatever it contains, the event is stored or refused,
 * and never retried.
 */

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { Agent, request } from 'undici';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Contract } from '#shared/eventing/contract.ts';
import { CampaignQualified } from '#shared/eventing/contracts/campaigns.ts';
import { IncentiveReversalRequested } from '#shared/eventing/contracts/incentives.ts';
import { OrderPlaced, OrderProgressed, OrderRefunded } from '#shared/eventing/contracts/orders.ts';
import { ActionPerformed, ActionReversed } from '#shared/eventing/contracts/tenant-events.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import type { EventHandler } from '#shared/runtime/events/event-handler.ts';
import { createEventFunction } from '#shared/runtime/events/serve-events.ts';
import { expectSound } from '#shared/testing/expect-sound.ts';
import { testRedisClient, testSql } from '#shared/testing/servers/servers.ts';
import { fieldPaths, hostileValues, withValue } from '#shared/testing/worlds/hostile-values.ts';
import { qualificationOf, qualifiedData, testRewards } from '#shared/testing/worlds/rewards.ts';
import { eventFunctions } from './event-functions.ts';

const sql = await testSql({ max: 8 });
const redis = await testRedisClient();
const log = pino({ level: 'silent' });
const { awarding, evaluating, limiting } = eventFunctions({
  ...{ sql, redis, clock: () => new Date() },
});

const rewards = testRewards(sql);
const tenantId = await rewards.createTenant();
await sql`
  insert into earning_rules (tenant_id, program, version, currency, terms, valid_from, created_by)
  select ${tenantId}, program, version, currency, terms || '{"expiry": {"kind": "rolling", "days": 36500}}', valid_from, 'test'
  from earning_rules where tenant_id = 'default'`;
const campaignId = await rewards.createCampaign(tenantId);
await rewards.fillPool(
  tenantId,
  'pool',
  Array.from({ length: 500 }, (_, number) => `code-${number}`),
);

const publisher: Publisher = {
  publish: () => Promise.resolve([]),
  close: () => Promise.resolve(),
};
const servers = await Promise.all(
  [awarding, evaluating, limiting].map(async (handlers: readonly EventHandler[]) => {
    const handle = createEventFunction({ handlers, publisher }, log);
    const server = createServer((incoming, response) => void handle(incoming, response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { handlers, server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }),
);
const dispatcher = new Agent({ connections: 16 });
afterAll(async () => {
  await dispatcher.close();
  for (const { server } of servers) server.close();
});

const send = async (contract: Contract, data: unknown, attributes: object = {}) => {
  const served = servers.find(({ handlers }) => handlers.some((own) => own.contract === contract));
  const event = {
    specversion: '1.0',
    id: randomUUID(),
    source: '/test',
    type: contract.type,
    data,
  };
  const { statusCode, body } = await request(served!.url, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify({ ...event, ...attributes }),
    dispatcher,
  });
  return { status: statusCode, body: await body.text() };
};

/** Reads the rows of events, by our ids of them. */
type Stored = Readonly<{ ids: (ids: readonly string[]) => Promise<readonly unknown[]> }>;
type Case = Readonly<
  {
    contract: Contract;
    /** The path of the id in the data. */
    id: readonly string[];
    fields?: object;
  } & Stored
>;

const firstChoice = ['entitlements', '0', 'choices', '0'];

const cases: readonly Case[] = [
  {
    contract: OrderPlaced,
    id: ['orderId'],
    ids: (ids) => sql`
      select cause_id from points_ledger where kind = 'EARN' and cause_id = any(${[...ids]}) and program = 'points'`,
  },
  {
    contract: OrderRefunded,
    id: ['refundId'],
    ids: (ids) => sql`select refund_id from refunds where refund_id = any(${[...ids]})`,
  },
  {
    contract: OrderProgressed,
    id: ['orderId'],
    ids: (ids) => sql`select order_id from order_progress where order_id = any(${[...ids]})`,
  },
  {
    contract: ActionPerformed,
    id: ['eventId'],
    fields: { schemaVersion: 1 },
    ids: (ids) => sql`select event_id from events where event_id = any(${[...ids]})`,
  },
  {
    contract: ActionReversed,
    id: ['reversedEventId'],
    // Some of the actions are recorded by the case before.
    ids: (ids) => sql`
      select event_id from early_reversals where event_id = any(${[...ids]})
      union select event_id from events where event_id = any(${[...ids]}) and reversed_at is not null`,
  },
  {
    contract: CampaignQualified,
    id: [...firstChoice, 'incentiveId'],
    fields: withValue(
      withValue(CampaignQualified.example, [...firstChoice, 'campaignId'], campaignId),
      [...firstChoice, 'reward'],
      { type: 'POINTS', amount: 5, program: 'points', pool: 'pool', currency: 'POINTS' },
    ) as object,
    ids: (ids) =>
      sql`select incentive_id from incentives where incentive_id = any(${[...ids]}::uuid[])`,
  },
  {
    contract: IncentiveReversalRequested,
    id: ['incentiveId'],
    fields: { campaignId },
    ids: (ids) =>
      sql`select incentive_id from incentives where incentive_id = any(${[...ids]}::uuid[])`,
  },
];

const example = ({ contract, id, fields }: Case): unknown =>
  withValue({ ...(contract.example as object), ...fields, tenantId }, id, randomUUID());

const valueAt = (document: unknown, path: readonly string[]): unknown =>
  path.reduce((each, name) => (each as Readonly<Record<string, unknown>>)[name], document);

describe.each(cases.map((each) => [each.contract.type, each] as const))('%s', (_type, each) => {
  const schema = z.toJSONSchema(each.contract.schema, { io: 'input', unrepresentable: 'any' });
  const paths = fieldPaths(schema as Parameters<typeof fieldPaths>[0]);

  it('is stored or refused, whatever any of its fields contains', async () => {
    expect(paths.length).toBeGreaterThan(2);
    const documents = [...paths, ['not-in-the-contract'], []].flatMap((path) =>
      hostileValues.map((value) => ({ path, value, data: withValue(example(each), path, value) })),
    );
    const answers = await Promise.all(
      documents.map(async (document) => ({
        ...document,
        ...(await send(each.contract, document.data)),
      })),
    );
    const unexpected = answers.filter(({ status }) => status !== 204 && status !== 400);
    expect(
      unexpected.map(({ path, value, status, body }) => ({ path, value, status, body })),
    ).toEqual([]);
    const accepted = answers.filter(({ status }) => status === 204);
    const ids = [...new Set(accepted.map(({ data }) => String(valueAt(data, each.id))))];
    expect(ids.length).toBeGreaterThan(0);
    expect(await each.ids(ids)).toHaveLength(ids.length);
  });

  it('is stored or refused, whatever its attributes contain', async () => {
    const attributes = ['id', 'source', 'time', 'subject', 'dataschema', 'correlationid'];
    for (const name of attributes) {
      const answers = await Promise.all(
        hostileValues.map((value) => send(each.contract, example(each), { [name]: value })),
      );
      const unexpected = answers.filter(({ status }) => status !== 204 && status !== 400);
      expect(unexpected, name).toEqual([]);
    }
  });
});

it('refuses more points than a wallet can have, and continues with fewer', async () => {
  const rich = await rewards.createTenant();
  await sql`
    insert into earning_rules (tenant_id, program, version, currency, terms, valid_from)
    select ${rich}, program, version, currency, terms || '{"rate": {"points": 8999, "perMinor": 1}}', valid_from
    from earning_rules where tenant_id = 'default'`;
  const order = (number: number, amountMinor: number) =>
    send(OrderPlaced, {
      orderId: `rich-${number}`,
      customerId: 'c-1',
      tenantId: rich,
      amountMinor,
    });
  expect(await order(1, 1e12)).toMatchObject({ status: 204 });
  const together = await Promise.all([order(2, 1e12), order(3, 1), order(4, 1e9)]);
  expect(together.map(({ status }) => status)).toEqual([400, 204, 400]);
  expect(together[0].body).toContain('The points of a wallet cannot exceed 9000000000000000');
  const refund = { refundId: 'rich-1', orderId: 'rich-1', tenantId: rich };
  expect(await send(OrderRefunded, refund)).toMatchObject({ status: 204 });
  expect(await order(2, 1e12)).toMatchObject({ status: 204 });
  expect(await sql`select points from points_balances where tenant_id = ${rich}`).toEqual([
    { points: 8_999_000_000_008_999 },
  ]);
});

it('leaves a ledger that is sound', async () => {
  await expectSound(sql);
});

it('refuses what would make the sums of tiers and limits inexact', async () => {
  const rich = await rewards.createTenant();
  await sql`
    insert into earning_rules (tenant_id, program, version, currency, terms, valid_from)
    select ${rich}, program, version, currency, terms || '{"rounding": "carry"}', valid_from
    from earning_rules where tenant_id = 'default'`;
  const order = (number: number) =>
    send(OrderPlaced, { orderId: `${number}`, customerId: 'c', tenantId: rich, amountMinor: 1e12 });
  expect(await order(1)).toMatchObject({ status: 204 });
  const lifetime = JSON.stringify({ earned: 1, spend: { INR: 9e15 } });
  await sql`
    update earning_accounts set state = jsonb_set(state, '{lifetime}', ${lifetime}::text::jsonb)
    where tenant_id = ${rich}`;
  expect(await order(2)).toMatchObject({ status: 400 });
  await sql`
    update earning_accounts set state = jsonb_set(state, '{lifetime,spend}', '{"INR": 0}')
    where tenant_id = ${rich}`;
  expect(await order(2)).toMatchObject({ status: 204 });

  const full = await rewards.createTenant();
  const offer = { tenantId: full, campaignId: await rewards.createCampaign(full) };
  await sql`
    insert into limit_usage (tenant_id, subject, day, unit, count, amount)
    values (${full}, 'user:u-1', '-infinity', 'POINTS', 9000, 8999999999999990)`;
  const qualify = (number: number) =>
    send(CampaignQualified, qualifiedData(qualificationOf(offer, number)));
  expect(await qualify(1)).toMatchObject({ status: 204 });
  expect(await qualify(2)).toMatchObject({
    status: 400,
    body: expect.stringContaining('What a limit counts cannot exceed') as string,
  });
});
