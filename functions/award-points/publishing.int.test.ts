import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { PointsAwarded } from '#shared/eventing/contracts/points-awarded.ts';
import type { Unpublished } from '#shared/eventing/publisher.ts';
import { createEventFunction } from '#shared/runtime/serve-events.ts';
import { connectPostgres } from '#shared/stores/postgres/connect.ts';
import { earningStore } from '#shared/stores/postgres/earning-store.ts';
import { ledgerStore } from '#shared/stores/postgres/ledger-store.ts';
import { orderProgressStore } from '#shared/stores/postgres/order-progress-store.ts';
import { outbox } from '#shared/stores/postgres/outbox.ts';
import { refundStore } from '#shared/stores/postgres/refund-store.ts';
import { refusedEvents } from '#shared/stores/postgres/refused-events.ts';
import { tenantStore } from '#shared/stores/postgres/tenant-store.ts';
import { kafkaUnavailable, recordingPublisher } from '#shared/testing/recording-publisher.ts';
import { testDatabase } from '#shared/testing/servers.ts';
import { awardPoints } from './handler.ts';

const sql = connectPostgres({ url: (await testDatabase()).url, max: 4 });
const log = pino({ level: 'silent' });
let failure: Unpublished['error'] | undefined;
const publisher = recordingPublisher(() => failure);
const handlers = awardPoints({
  tenants: tenantStore(sql),
  ledger: ledgerStore(sql),
  earnings: earningStore(sql),
  refunds: refundStore(sql),
  progress: orderProgressStore(sql),
  outbox: outbox(sql),
  balances: { writeThrough: () => Promise.resolve('written') },
  clock: () => new Date('2026-12-31T00:00:00Z'),
  batchItemsMax: 100,
  log,
});
const handle = createEventFunction({ handlers, publisher }, log);
const server = createServer((request, response) => void handle(request, response));
server.listen(0, '127.0.0.1');
await once(server, 'listening');
afterAll(async () => {
  server.close();
  await sql.end();
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
