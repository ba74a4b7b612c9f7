import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { InvalidEvent } from '#shared/domain/errors.ts';
import type { CloudEvent } from '#shared/eventing/cloud-event.ts';
import { PointsAwarded } from '#shared/eventing/contracts/points-events.ts';
import { TierChanged } from '#shared/eventing/contracts/tiers.ts';
import type { Unpublished } from '#shared/eventing/publisher.ts';
import { parseData } from '#shared/runtime/events/event-handler.ts';
import { publishOutcomes } from '#shared/runtime/events/publish-events.ts';
import { createEventFunction } from '#shared/runtime/events/serve-events.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { refusedEvents } from '#shared/stores/postgres/journal/refused-events.ts';
import { kafkaUnavailable, recordingPublisher } from '#shared/testing/recording-publisher.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { awardParts } from '#shared/testing/worlds/award-world.ts';
import { tierLadder } from '#shared/testing/worlds/earning.ts';
import { awardPoints } from './handler.ts';

const sql = await testSql();
const log = pino({ level: 'silent' });
let failure: Unpublished['error'] | undefined;
const publisher = recordingPublisher(() => failure);
const handlers = awardPoints(awardParts(sql, { writeThrough: () => Promise.resolve('written') }));
const handle = createEventFunction({ handlers, publisher }, log);
const server = createServer((request, response) => void handle(request, response));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
afterAll(() => {
  server.close();
});
beforeEach(async () => {
  failure = undefined;
  publisher.published.length = 0;
  await sql`truncate outbox`;
});

const place = async (orderId: string, correlationId = `shop ${orderId}`) => {
  const { port } = server.address() as AddressInfo;
  const { status } = await fetch(`http://127.0.0.1:${port}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': orderId,
      'ce-source': '/shop#orders',
      'ce-type': 'dev.knative.kafka.event',
      'ce-time': '2026-12-30T10:00:00Z',
      'ce-correlationid': correlationId,
    },
    body: JSON.stringify({ orderId, customerId: 'c-1', amount: '100', currency: 'INR' }),
  });
  return status;
};
const waiting = () => outbox(sql).overdue(-60_000, 10);

const tier = tierLadder({ tiers: [{ name: 'gold', threshold: 1, multiplierBp: 20_000 }] });
await sql`insert into tenants (tenant_id, name, currency, time_zone) values ('tiered', 'T', 'INR', 'UTC')`;
await sql`insert into programs (tenant_id, program, name) values ('tiered', 'points', 'P')`;
await sql`insert into earning_rules (tenant_id, program, version, currency, terms, valid_from)
  select 'tiered', program, version, currency, terms, valid_from from earning_rules where tenant_id = 'default'`;
await sql`insert into tier_ladders (tenant_id, program, version, terms, valid_from, created_by)
  values ('tiered', 'points', 1, ${JSON.stringify(tier)}::text::jsonb, 'epoch', 'test')`;

it("publishes an order's events with the order of its own customer", async () => {
  const [orderPlaced] = handlers;
  const deliveries = ['default', 'tiered'].map((tenantId) => {
    const data = { tenantId, orderId: 'o-9', customerId: 'c-9', amount: '1000', currency: 'INR' };
    const time = '2026-12-30T10:00:00Z';
    const extensions = { correlationid: `shop of ${tenantId}` };
    const event: CloudEvent = { id: tenantId, source: '/shop', type: 'x', time, extensions, data };
    return parseData(orderPlaced!.contract, event);
  });
  const outcomes = await orderPlaced!.handle(deliveries);
  await publishOutcomes({}, publisher, { deliveries, outcomes });
  expect(publisher.published.map(({ type, correlationId }) => [type, correlationId])).toEqual([
    [PointsAwarded.type, 'shop of default'],
    [PointsAwarded.type, 'shop of tiered'],
    [TierChanged.type, 'shop of tiered'],
  ]);
});

describe('points.awarded, when it cannot be published after the commit', () => {
  it('waits in the outbox under its correlation, in case the source gives up', async () => {
    failure = kafkaUnavailable;
    expect(await place('o-1')).toBe(503);
    const award = { type: PointsAwarded.type, data: { orderId: 'o-1' }, correlationId: 'shop o-1' };
    expect(await waiting()).toMatchObject([award]);
    expect(await place('o-1')).toBe(503);
    expect(await waiting()).toHaveLength(1);
    failure = undefined;
    expect(await place('o-1')).toBe(204);
    expect(publisher.published).toMatchObject([award]);
  });

  it('is set aside with the reason where Kafka refuses it, and its order is acknowledged', async () => {
    failure = new InvalidEvent('event-too-large', 'Event 1 takes 2 bytes, more than 1');
    expect(await place('o-2')).toBe(204);
    expect(await waiting()).toEqual([]);
    expect(await refusedEvents(sql).list(10)).toMatchObject([
      { tenantId: 'default', type: PointsAwarded.type, refusal: failure.message },
    ]);
  });

  it('fails its order when Postgres cannot keep it either', async () => {
    failure = kafkaUnavailable;
    await sql`alter table outbox rename to outbox_elsewhere`;
    const status = await place('o-3').finally(
      () => sql`alter table outbox_elsewhere rename to outbox`,
    );
    expect(status).toBe(500);
    failure = undefined;
    expect(await place('o-3')).toBe(204);
  });
});
