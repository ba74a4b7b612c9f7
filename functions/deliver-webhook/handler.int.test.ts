import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { afterAll, describe, expect, it } from 'vitest';
import { PointsAwarded } from '#shared/eventing/contracts/points-events.ts';
import { WebhookTick } from '#shared/eventing/contracts/ticks.ts';
import type { Delivery } from '#shared/runtime/events/event-handler.ts';
import { guardedAgent } from '#shared/runtime/outbound/guarded-agent.ts';
import { secretBox } from '#shared/runtime/secret-box.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { deliveryStore } from '#shared/stores/postgres/webhooks/delivery-store.ts';
import { deliverOne, handlerOf } from '#shared/testing/deliver.ts';
import { recordingPublisher } from '#shared/testing/recording-publisher.ts';
import { allow, receiver, withStatus } from '#shared/testing/servers/receiver.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { createDisable } from './disable-endpoint.ts';
import { fairTurns } from './fair-turns.ts';
import { deliverWebhooks } from './handler.ts';
import { sendTurn } from './send-turn.ts';

const sql = await testSql({ max: 6 });
await sql`insert into tenants (tenant_id, name, currency, time_zone) values ('acme', 'Acme', 'INR', 'UTC'), ('other', 'Other', 'INR', 'UTC')`;

const secrets = secretBox([{ id: 'k', bytes: randomBytes(32) }]);
const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`;
const log = pino({ level: 'silent' });
const publisher = recordingPublisher();
const now = new Date('2026-11-21T10:00:00Z');
const store = deliveryStore(sql);

/** A pod. Its endpoints have no timeout: time decides nothing here. */
const pod = ({ disable = store.disable, clock = () => now } = {}) => {
  const targets = 'any';
  const dispatcher = guardedAgent({ targets });
  afterAll(() => dispatcher.destroy());
  const turn = sendTurn({
    ...{ store, secrets, log, clock, random: () => 0.5 },
    calling: { dispatcher, targets, timeoutMs: 2 ** 30, origin: 'guerdon.example' },
    disable: createDisable({
      ...{ store: { disable }, clock: () => now, notify: () => Promise.resolve() },
      announcing: { publisher, outbox: outbox(sql), log },
    }),
  });
  const turns = fairTurns({ turnsMax: 4, tenantTurnsMax: 2, waitMsMax: 0, turn });
  const handlers = deliverWebhooks({
    ...{ store, turns, logDays: 30, batchItemsMax: 100 },
    endpoints: (tenantId) => store.endpoints(tenantId),
  });
  return {
    turn,
    turns,
    /** Delivers events of acme, or of another tenant. */
    award: (ids: readonly string[], tenantId = 'acme') =>
      handlerOf(handlers, PointsAwarded).handle(ids.map((id) => awarded(id, tenantId))),
    tick: () => deliverOne(handlers, WebhookTick),
  };
};

const awarded = (id: string, tenantId: string): Delivery<unknown> => {
  const data = { ...PointsAwarded.example, tenantId };
  const { type } = PointsAwarded;
  const time = now.toISOString();
  const extensions = { correlationid: 'c-1', knativekafkaoffset: '7' };
  return { event: { id, source: '/guerdon', type, time, extensions, data }, data };
};

type Fields = Readonly<{ tenantId?: string; eventTypes?: string[]; status?: string }>;

/** A new endpoint; those of earlier tests are deleted. */
const endpoint = async (url: string, fields: Fields = {}) => {
  const { tenantId = 'acme', eventTypes = ['points.*'], status = 'ACTIVE' } = fields;
  const webhookId = randomUUID();
  const secret = newSecret();
  await sql`
    insert into webhooks (webhook_id, tenant_id, url, event_types, status, secret, created_by)
    values (${webhookId}, ${tenantId}, ${url}, ${eventTypes}, ${status}, ${secrets.seal(secret, webhookId)}, 'ann')`;
  if (status === 'PENDING')
    await sql`
      insert into webhook_deliveries (webhook_id, event_id, event_type, kind, body)
      values (${webhookId}, ${randomUUID()}, 'webhook.handshake', 'HANDSHAKE', '')`;
  return { webhookId, secret };
};
const alone = () => sql`update webhooks set status = 'DELETED'`;
const ids = (count: number) => Array.from({ length: count }, () => randomUUID());
const deliveriesOf = (webhookId: string) => sql<
  { eventId: string; status: string; attempts: number; log: object[]; dueMs: number }[]
>`
  select event_id, status, attempts, log, round(extract(epoch from due_at - now()) * 1000)::float8 as "dueMs"
  from webhook_deliveries where webhook_id = ${webhookId} and kind = 'EVENT' order by created_at, event_id`;
const statusOf = async (webhookId: string) =>
  (
    await sql`select status, disabled_reason as reason from webhooks where webhook_id = ${webhookId}`
  )[0];
const makeDue = (webhookId: string) => sql`
  with due as (update webhook_deliveries set due_at = now() where webhook_id = ${webhookId} and status = 'PENDING')
  update webhooks set next_send_at = now() where webhook_id = ${webhookId}`;
const gate = () => Promise.withResolvers<undefined>();

describe('recording', () => {
  it('records each event once for each endpoint that wants it, delivered twice and at once', async () => {
    await alone();
    const [all, points, tiers] = await Promise.all(
      [['*'], ['points.awarded'], ['tier.*']].map((eventTypes) =>
        endpoint('http://127.0.0.1:1/', { eventTypes, status: 'PENDING' }),
      ),
    );
    const [one, two] = [pod(), pod()];
    const events = ids(50);
    const outcomes = await Promise.all([
      one.award(events),
      two.award(events.toReversed()),
      one.award(events),
    ]);
    expect(outcomes.flat()).toEqual(Array(150).fill({ kind: 'done', domainEvents: [] }));
    expect(await deliveriesOf(all!.webhookId)).toHaveLength(50);
    expect(await deliveriesOf(points!.webhookId)).toHaveLength(50);
    expect(await deliveriesOf(tiers!.webhookId)).toHaveLength(0);
    await two.award(ids(1), 'other');
    expect(await deliveriesOf(all!.webhookId)).toHaveLength(50);
  });

  it('takes one statement for a batch, and none if no endpoint subscribes', async () => {
    await alone();
    let statements = 0;
    const { record } = store;
    const counting = deliverWebhooks({
      ...{ logDays: 30, batchItemsMax: 100, turns: { wake: () => undefined } },
      store: {
        ...store,
        record: (rows) => ((statements += rows.length > 0 ? 1 : 0), record(rows)),
      },
      endpoints: (tenantId) => store.endpoints(tenantId),
    });
    const handler = counting.find(({ contract }) => contract.type === PointsAwarded.type)!;
    const batch = ids(100).map((id) => awarded(id, 'acme'));
    await handler.handle(batch);
    expect(statements).toBe(0);
    const { webhookId } = await endpoint('http://127.0.0.1:1/');
    await endpoint('http://127.0.0.1:2/');
    await handler.handle(batch);
    expect(statements).toBe(1);
    expect(await deliveriesOf(webhookId)).toHaveLength(100);
  });
});

describe('sending', () => {
  it('posts the event as structured JSON, signed with every valid secret, and logs when', async () => {
    await alone();
    let time = now;
    const target = await receiver((received, response) => {
      time = new Date(now.getTime() + 5_000);
      allow(received, response);
    });
    const { webhookId, secret } = await endpoint(target.url);
    const [id = ''] = ids(1);
    const { award, turn, turns } = pod({ clock: () => time });
    const before = newSecret();
    await sql`
      update webhooks set previous_secret = ${secrets.seal(before, webhookId)},
        previous_secret_until = now() + interval '1 hour' where webhook_id = ${webhookId}`;
    await award([id]);
    await turns.close();
    await turn(webhookId);
    const [{ headers, body } = { headers: {}, body: '' }] = target.events();
    expect(JSON.parse(body)).toEqual({
      specversion: '1.0',
      ...{ id, source: '/guerdon', type: 'guerdon.points.awarded.v1', time: now.toISOString() },
      datacontenttype: 'application/json',
      tenantid: 'acme',
      correlationid: 'c-1',
      data: { ...PointsAwarded.example, tenantId: 'acme' },
    });
    const seconds = String(now.getTime() / 1_000);
    const signed = [secret, before].map((one) => {
      const key = Buffer.from(one.slice('whsec_'.length), 'base64');
      return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`;
    });
    expect(headers).toMatchObject({
      'content-type': 'application/cloudevents+json; charset=utf-8',
      'webhook-id': id,
      'webhook-timestamp': seconds,
      'webhook-signature': signed.join(' '),
      'webhook-request-origin': 'guerdon.example',
    });
    const expected = { status: 'DELIVERED', attempts: 1, log: [{ at: now.toISOString() }] };
    expect(await deliveriesOf(webhookId)).toMatchObject([expected]);
  });

  it('completes the deliveries of others while one tenant never answers, and acknowledges its events', async () => {
    await alone();
    const opened = gate();
    const hangs = await receiver(() => opened.resolve(undefined));
    const works = await receiver();
    const [slow] = await Promise.all([1, 2, 3, 4, 5].map(() => endpoint(hangs.url)));
    const fast = await endpoint(works.url, { tenantId: 'other' });
    const { award, turns } = pod();
    await award(ids(20));
    await opened.promise;
    await award(ids(40), 'other');
    await expect
      .poll(async () => (await deliveriesOf(fast.webhookId)).map(({ status }) => status), {
        timeout: 60_000,
      })
      .toEqual(Array(40).fill('DELIVERED'));
    await award(ids(20));
    expect(await deliveriesOf(slow!.webhookId)).toHaveLength(40);
    const done = (await deliveriesOf(slow!.webhookId)).filter(({ status }) => status !== 'PENDING');
    expect(done).toEqual([]);
    // Two endpoints of that tenant at once, each with as many requests as one gets.
    expect(hangs.received.length).toBeLessThanOrEqual(8);
    await alone();
    hangs.answers(allow);
    void turns.close();
  });

  it('gives each delivery to one of several pods, and again under the same id after its lease', async () => {
    await alone();
    const target = await receiver();
    const { webhookId } = await endpoint(target.url);
    const [one, two] = [pod(), pod()];
    await one.turns.close();
    await one.award(ids(12));
    const lease = randomUUID();
    const taken = await store.claim({ webhookId, lease, leaseMs: 60_000, itemsMax: 4 });
    await Promise.all([one, two, one, two].map(({ turn }) => turn(webhookId)));
    expect(target.events()).toHaveLength(8);
    expect(new Set(target.events().map(({ headers }) => headers['webhook-id'])).size).toBe(8);
    // The pod with the first four was killed; its lease ends.
    await makeDue(webhookId);
    await two.turn(webhookId);
    const sent = target.events().map(({ headers }) => headers['webhook-id']);
    expect(new Set(sent).size).toBe(12);
    expect(sent).toHaveLength(12);
    // It was only slow: its late response changes nothing.
    await store.complete({
      ...{ webhookId, url: target.url, lease, hasSuccess: false, endpointFailures: 0, pauseMs: 0 },
      outcomes: taken!.deliveries.map(({ eventId }) => ({
        ...{ eventId, status: 'FAILED', inMs: 0 },
        attempt: { at: now.toISOString(), ms: 1, error: 'timeout' },
      })),
    });
    const statuses = (await deliveriesOf(webhookId)).map(({ status }) => status);
    expect(statuses).toEqual(Array(12).fill('DELIVERED'));
  });

  it('retries what failed, one at a time, and pauses an endpoint that does not work', async () => {
    await alone();
    const target = await receiver(withStatus(500));
    const { webhookId } = await endpoint(target.url);
    const { award, turn, turns } = pod();
    await turns.close();
    await award(ids(6));
    await turn(webhookId);
    expect(target.events()).toHaveLength(4);
    expect(await turn(webhookId)).toBeGreaterThan(0);
    expect(target.events()).toHaveLength(4);
    await makeDue(webhookId);
    target.answers(withStatus(503, { 'retry-after': '600' }));
    await turn(webhookId);
    expect(target.events()).toHaveLength(5);
    expect(await turn(webhookId)).toBeGreaterThan(500_000);
    await makeDue(webhookId);
    target.answers(allow);
    await turn(webhookId);
    expect(target.events()).toHaveLength(6);
    await turn(webhookId);
    await turn(webhookId);
    const found = await deliveriesOf(webhookId);
    expect(found.map(({ status }) => status)).toEqual(Array(6).fill('DELIVERED'));
    expect(found.flatMap(({ log: entries }) => entries)).toEqual(
      expect.arrayContaining([
        { at: now.toISOString(), ms: expect.any(Number) as number, status: 500 },
        { at: now.toISOString(), ms: expect.any(Number) as number, status: 204 },
      ]),
    );
  });

  it('gives up when its time is up, and keeps the last twenty attempts', async () => {
    await alone();
    const target = await receiver(withStatus(400));
    const { webhookId } = await endpoint(target.url);
    const { award, turn, turns } = pod();
    await turns.close();
    await award(ids(1));
    for (let attempt = 0; attempt < 22; attempt += 1) {
      await makeDue(webhookId);
      await turn(webhookId);
    }
    await sql`update webhook_deliveries set retry_until = now(), due_at = now() where webhook_id = ${webhookId}`;
    await turn(webhookId);
    const [delivery] = await deliveriesOf(webhookId);
    expect(delivery).toMatchObject({ status: 'FAILED', attempts: 23 });
    expect(delivery?.log).toHaveLength(20);
  });

  it('sends no faster than the endpoint allows, over all pods', async () => {
    await alone();
    const target = await receiver();
    const { webhookId } = await endpoint(target.url);
    await sql`update webhooks set rate_per_minute = 2 where webhook_id = ${webhookId}`;
    const [one, two] = [pod(), pod()];
    await one.turns.close();
    await one.award(ids(12));
    await Promise.all([one, two, one, two].map(({ turn }) => turn(webhookId)));
    expect(target.events()).toHaveLength(1);
    const waitMs = await two.turn(webhookId);
    expect(waitMs).toBeGreaterThan(0);
    expect(waitMs).toBeLessThanOrEqual(30_000);
  });
});

describe('an endpoint', () => {
  it('gets events only once it has allowed them, including those that waited', async () => {
    await alone();
    const target = await receiver(withStatus(200));
    const { webhookId } = await endpoint(target.url, { status: 'PENDING' });
    const { award, turn, turns } = pod();
    await turns.close();
    await award(ids(2));
    await turn(webhookId);
    expect(await statusOf(webhookId)).toMatchObject({ status: 'PENDING' });
    for (const refusing of [withStatus(405), withStatus(200, { 'webhook-allowed-origin': 'x' })]) {
      target.answers(refusing);
      await makeDue(webhookId);
      await turn(webhookId);
      expect(await statusOf(webhookId)).toMatchObject({ status: 'PENDING' });
    }
    expect(target.events()).toEqual([]);
    const headers = target.received[0]?.headers;
    // No rate is requested: it would have to be a number.
    expect(headers).not.toHaveProperty('webhook-request-rate');
    expect(headers?.['webhook-request-origin']).toBe('guerdon.example');
    target.answers(
      withStatus(200, {
        'webhook-allowed-origin': 'guerdon.example',
        'webhook-allowed-rate': '120',
      }),
    );
    await makeDue(webhookId);
    expect(await turn(webhookId)).toBe(0);
    expect(await statusOf(webhookId)).toMatchObject({ status: 'ACTIVE' });
    const [row] = await sql`select rate_per_minute from webhooks where webhook_id = ${webhookId}`;
    expect(row).toEqual({ ratePerMinute: 120 });
    await turn(webhookId);
    expect(target.events()).toHaveLength(2);
  });

  it('that answers 410 is disabled, with an event and in the change log, once', async () => {
    await alone();
    const target = await receiver(withStatus(410));
    const { webhookId } = await endpoint(target.url);
    const { award, turn, turns } = pod();
    await turns.close();
    await award(ids(6));
    await Promise.all([turn(webhookId), turn(webhookId)]);
    expect(await statusOf(webhookId)).toEqual({ status: 'DISABLED', reason: 'gone' });
    const published = publisher.published.filter(
      ({ data }) => (data as { webhookId: string }).webhookId === webhookId,
    );
    expect(published).toMatchObject([
      { type: 'guerdon.webhook.disabled.v1', tenantId: 'acme', data: { reason: 'gone' } },
    ]);
    const changes =
      await sql`select subject, action from audit_log where resource = ${`webhooks/${webhookId}`}`;
    expect(changes).toEqual([{ subject: 'deliver-webhook', action: 'webhook.disabled' }]);
    expect(await store.endpoints('acme')).toEqual([]);
    const sent = target.events().length;
    await makeDue(webhookId);
    await turn(webhookId);
    expect(target.events()).toHaveLength(sent);
  });

  it('without a success for three days is disabled, and not before', async () => {
    await alone();
    const target = await receiver(withStatus(404));
    const { webhookId } = await endpoint(target.url);
    const { award, turn, turns } = pod();
    await turns.close();
    await award(ids(1));
    await turn(webhookId);
    expect(await statusOf(webhookId)).toMatchObject({ status: 'ACTIVE' });
    await sql`update webhooks set failing_since = now() - interval '73 hours' where webhook_id = ${webhookId}`;
    await makeDue(webhookId);
    await turn(webhookId);
    expect(await statusOf(webhookId)).toEqual({ status: 'DISABLED', reason: 'failing' });
  });

  it('that does not allow deliveries in time is disabled', async () => {
    await alone();
    const target = await receiver(withStatus(404));
    const { webhookId } = await endpoint(target.url, { status: 'PENDING' });
    await sql`update webhook_deliveries set retry_until = now() where webhook_id = ${webhookId}`;
    // It stays pending while that cannot be recorded, and is tried again.
    await pod({ disable: () => Promise.reject(new Error('Postgres is gone')) }).turn(webhookId);
    expect(await statusOf(webhookId)).toMatchObject({ status: 'PENDING' });
    await makeDue(webhookId);
    await pod().turn(webhookId);
    expect(await statusOf(webhookId)).toEqual({ status: 'DISABLED', reason: 'handshake-failed' });
  });
});

describe('the tick', () => {
  it('sends what is due, and removes what is older than the log is kept', async () => {
    await alone();
    const target = await receiver();
    const { webhookId } = await endpoint(target.url);
    const { award, tick, turns } = pod();
    const other = pod();
    await other.turns.close();
    const [left = ''] = ids(1);
    await other.award([left]);
    await sql`
      insert into webhook_deliveries (webhook_id, event_id, event_type, body, status, created_at)
      select ${webhookId}, 'old-' || n, 'points.awarded', '{}', 'DELIVERED', now() - interval '31 days'
      from generate_series(1, 20001) n`;
    await tick();
    await expect
      .poll(() => target.events().map(({ headers }) => headers['webhook-id']), { timeout: 60_000 })
      .toEqual([left]);
    await turns.close();
    expect((await deliveriesOf(webhookId)).map(({ eventId }) => eventId)).toEqual([left]);
    await alone();
    await tick();
    expect(await sql`select from webhooks`).toHaveLength(0);
    await award([left]);
  });
});
