/**
 * Records in Avro, from Kafka through KafkaSource to what functions record: records of producers,
 * and our own events of incentives, which a consumer of a tenant reads with the registry's schemas.
 */

import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from 'avsc';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFunctions } from '#scripts/build.ts';
import type { LocalKnative } from '#scripts/knative/local-knative.ts';
import { playManifests } from '#scripts/knative/play-manifests.ts';
import { type RecordingSink, recordingSink } from '#scripts/knative/receivers/recording-sink.ts';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { incentiveEncoder } from '#shared/eventing/avro/incentive-encoder.ts';
import { IncentiveGenerated } from '#shared/eventing/contracts/incentives.ts';
import { ActionPerformed } from '#shared/eventing/contracts/tenant-events.ts';
import { toDeadLetter } from '#shared/eventing/dead-letters/dead-letter.ts';
import { domainEventOf } from '#shared/eventing/domain-event.ts';
import { kafkaPublisher } from '#shared/eventing/kafka/kafka-publisher.ts';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { secretBox } from '#shared/runtime/secret-box.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { inboxStore } from '#shared/stores/postgres/inbox/inbox-store.ts';
import { startFunction } from '#shared/testing/servers/function-process.ts';
import { receiver } from '#shared/testing/servers/receiver.ts';
import { hasKafka, testDatabase, testKafka, testRedis } from '#shared/testing/servers/servers.ts';
import { kafkaSource } from '#shared/testing/worlds/kafka-source.ts';

const database = await testDatabase();
const redis = await testRedis();
const { brokers, createTopic } = testKafka();
const sql = connectPostgres({ url: database.url, max: 1 });
afterAll(() => sql.end());

type Schema = Readonly<{ fields: readonly object[] }>;

const published = JSON.parse(
  readFileSync(new URL('../docs/api/action-event.avsc', import.meta.url), 'utf8'),
) as Schema;
const newer = { ...published, fields: [...published.fields, { name: 'device', type: 'string' }] };

const incentives = JSON.parse(
  readFileSync(new URL('../docs/api/incentive-event.avsc', import.meta.url), 'utf8'),
) as Schema;

/** The schemas of the registry, by number. */
const schemas: Readonly<Record<number, object>> = { 1: published, 2: newer, 3: incentives };

const framed = (id: number, schema: object, value: object): Buffer => {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(id, 1);
  const type = Type.forSchema(schema as never, { wrapUnions: 'always' });
  return Buffer.concat([header, type.toBuffer(value)]);
};

const webhookKey = Buffer.alloc(32, 7);

const occurredAt = new Date(Date.now() - 60_000);
const action = (eventId: string) => ({
  eventId,
  tenantId: 'default',
  userId: 'c-1',
  action: 'AVRO_READ',
  occurredAt: { long: occurredAt.getTime() },
  schemaVersion: null,
  payload: { amountMinor: { long: 125_050 }, weight: { double: 1.5 }, note: null },
});

describe.skipIf(!hasKafka())('records in Avro', () => {
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  let registry: RecordingSink;
  let knative: LocalKnative;
  let directory: string;
  let deadLetters: string;
  let unconfigured: string;
  let incentivesTopic: string;

  beforeAll(buildFunctions);
  beforeAll(async () => {
    registry = await recordingSink();
    registry.answer(({ method, url }) => {
      if (method === 'POST') return { status: 200, body: '{"id":3}' };
      const schema = schemas[Number(url.split('/').at(-1))];
      return schema
        ? { status: 200, body: JSON.stringify({ schema: JSON.stringify(schema) }) }
        : { status: 404, body: '{"error_code":40403,"message":"Schema not found"}' };
    });
    const name = 'evaluate-campaign';
    const variables = {
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      KAFKA_BROKERS: brokers.join(','),
    };
    deadLetters = await createTopic('dead-letters');
    incentivesTopic = await createTopic('incentives');
    const [served, without, lettersStore, pushes, webhooks] = await Promise.all([
      startFunction({ name, variables: { ...variables, SCHEMA_REGISTRY_URL: registry.url } }),
      startFunction({ name, variables }),
      startFunction({
        name: 'store-dead-letter',
        variables: { ...variables, DEAD_LETTER_TOPIC: deadLetters },
      }),
      startFunction({
        name: 'push-notification',
        variables: { ...variables, SCHEMA_REGISTRY_URL: registry.url },
      }),
      startFunction({
        name: 'deliver-webhook',
        variables: {
          ...variables,
          SCHEMA_REGISTRY_URL: registry.url,
          WEBHOOK_SECRET_KEYS: `test:${webhookKey.toString('base64')}`,
          WEBHOOK_ORIGIN: 'guerdon.example.com',
          WEBHOOK_TARGETS: 'any',
        },
      }),
    ]);
    unconfigured = without.url;
    directory = await mkdtemp(join(tmpdir(), 'guerdon-avro-'));
    await producer.connect();
    const delivery = (topic: string) => ({
      retry: 5,
      backoffPolicy: 'linear',
      backoffDelay: 'PT0.1S',
      timeout: 'PT10S',
      deadLetterSink: { uri: `${lettersStore.url}/${topic}` },
    });
    knative = await playManifests(
      { directory, brokers },
      {
        apiVersion: 'kafka.strimzi.io/v1',
        kind: 'KafkaTopic',
        metadata: { name: ActionPerformed.topic },
        spec: { partitions: 3 },
      },
      kafkaSource('tenant-events', {
        consumerGroup: deadLetters,
        topics: [ActionPerformed.topic],
        ordering: 'unordered',
        initialOffset: 'latest',
        delivery: delivery(ActionPerformed.topic),
        sink: { uri: served.url },
      }),
      kafkaSource('incentives', {
        topics: [incentivesTopic],
        ordering: 'unordered',
        delivery: delivery(incentivesTopic),
        sink: { uri: pushes.url },
      }),
      kafkaSource('webhook-incentives', {
        consumerGroup: `${incentivesTopic}-webhooks`,
        topics: [incentivesTopic],
        ordering: 'unordered',
        delivery: delivery(incentivesTopic),
        sink: { uri: webhooks.url },
      }),
    );
  });
  afterAll(async () => {
    await knative.stop();
    await producer.disconnect();
    await registry.close();
    await rm(directory, { recursive: true });
  });

  const recorded = () => sql`
    select event_id, user_id, event_ts, payload, extensions from events
    where action_code = 'AVRO_READ' order by event_id`;

  it('are recorded like those in JSON, whichever version of the schema they were written by', async () => {
    const key = 'default:c-1';
    await producer.send({
      topic: ActionPerformed.topic,
      messages: [
        { key, value: framed(1, published, action('avro-1')) },
        { key, value: framed(1, published, action('avro-2')) },
        { key, value: framed(2, newer, { ...action('avro-3'), device: 'android' }) },
        { key, value: framed(404, published, action('avro-4')) },
        {
          key,
          value: JSON.stringify({
            ...action('json-1'),
            occurredAt: occurredAt.toISOString(),
            schemaVersion: undefined,
            payload: { amountMinor: 125_050, weight: 1.5 },
          }),
        },
      ],
    });
    await knative.drained();

    const same = {
      userId: 'c-1',
      eventTs: occurredAt,
      payload: { amountMinor: 125_050, weight: 1.5 },
      extensions: null,
    };
    expect([...(await recorded())]).toEqual([
      { eventId: 'avro-1', ...same },
      { eventId: 'avro-2', ...same },
      { eventId: 'avro-3', ...same, extensions: { device: 'android' } },
      { eventId: 'json-1', ...same },
    ]);
    const asked = registry.received.map(({ url }) => url).toSorted();
    expect(asked).toEqual(['/schemas/ids/1', '/schemas/ids/2', '/schemas/ids/404']);
  });

  it('by a schema that nobody knows are kept as dead letters, byte for byte', async () => {
    const [letter, ...others] = (await readTopic(brokers, deadLetters)).map(toDeadLetter);
    expect(letter).toMatchObject({
      topic: ActionPerformed.topic,
      key: 'default:c-1',
      status: '400',
      code: 'unknown-schema',
      value: framed(404, published, action('avro-4')),
    });
    expect(others).toEqual([]);
  });

  it('are refused permanently where no registry is configured', async () => {
    const answer = await fetch(unconfigured, {
      method: 'POST',
      headers: {
        'ce-specversion': '1.0',
        'ce-id': 'partition:0/offset:0',
        'ce-source': `/apis/v1/namespaces/guerdon/kafkasources/tenant-events#${ActionPerformed.topic}`,
        'ce-type': 'dev.knative.kafka.event',
      },
      body: framed(1, published, action('avro-5')),
    });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({
      code: 'avro-not-configured',
      detail: expect.stringContaining('SCHEMA_REGISTRY_URL') as string,
    });
  });

  it('of an incentive reach its user and a consumer that knows only the registry', async () => {
    const publisher = kafkaPublisher({
      ...{ brokers, clientId: 'test' },
      encoder: incentiveEncoder({
        SCHEMA_REGISTRY_URL: registry.url,
        INCENTIVE_SCHEMA_SUBJECT: 'incentive-generated-value',
      }),
    });
    const issuedAt = new Date().toISOString();
    const data = { ...IncentiveGenerated.example, userId: 'c-avro', issuedAt };
    const domainEvent = domainEventOf(IncentiveGenerated, {
      ...{ cause: ['default', data.incentiveId], partitionKey: 'c-avro', time: new Date(), data },
    });
    expect(await publisher.publish([{ ...domainEvent, topic: incentivesTopic }])).toEqual([]);
    await publisher.close();
    await knative.drained();

    const messages = await inboxStore(sql).after({ tenantId: 'default', userId: 'c-avro' }, 0, 10);
    const { incentiveId, campaignId } = data;
    const reward = { currency: 'POINTS', amount: 50 };
    expect(messages.map(({ frame }) => frame)).toEqual([
      { type: 'INCENTIVE_NOTIFICATION', incentiveId, campaignId, reward, issuedAt },
    ]);

    const [record] = await readTopic(brokers, incentivesTopic);
    const id = record!.value!.readUInt32BE(1);
    const found = (await (await fetch(`${registry.url}/schemas/ids/${id}`)).json()) as {
      schema: string;
    };
    const type = Type.forSchema(JSON.parse(found.schema) as never);
    expect(type.fromBuffer(record!.value!.subarray(5))).toMatchObject({
      type: 'INCENTIVE_NOTIFICATION',
      ...{ incentiveId, campaignId, userId: 'c-avro', tenantId: 'default' },
      reward: { ...reward, type: 'POINTS', program: 'points' },
      issuedAt: Date.parse(issuedAt),
    });
  });

  it('of an incentive reach a webhook as JSON, like an event that was published in JSON', async () => {
    const endpoint = await receiver();
    const webhookId = randomUUID();
    const secret = secretBox([{ id: 'test', bytes: webhookKey }]).seal('whsec_a2V5', webhookId);
    await sql`
      insert into tenants (tenant_id, name, currency, time_zone) values ('hooked', 'Hooked', 'INR', 'UTC')`;
    await sql`
      insert into webhooks (webhook_id, tenant_id, url, event_types, status, secret, created_by)
      values (${webhookId}, 'hooked', ${endpoint.url}, '{incentive.*}', 'ACTIVE', ${secret}, 'ann')`;
    const time = new Date();
    const issuedAt = time.toISOString();
    const own = { tenantId: 'hooked', userId: 'c-hook', issuedAt, qualifiedAt: issuedAt };
    const data = { ...IncentiveGenerated.example, ...own };
    const domainEvents = ['in Avro', 'in JSON'].map((cause) => ({
      ...domainEventOf(IncentiveGenerated, { cause: [cause], partitionKey: 'c-hook', time, data }),
      topic: incentivesTopic,
    }));
    const encoder = incentiveEncoder({
      SCHEMA_REGISTRY_URL: registry.url,
      INCENTIVE_SCHEMA_SUBJECT: 'incentive-generated-value',
    });
    for (const [index, format] of [{ encoder }, {}].entries()) {
      const publisher = kafkaPublisher({ brokers, clientId: 'test', ...format });
      expect(await publisher.publish([domainEvents[index]!])).toEqual([]);
      await publisher.close();
    }
    await expect.poll(() => endpoint.events().length, { timeout: 60_000 }).toBe(2);

    const events = endpoint.events().map(({ body }) => JSON.parse(body) as { id: string });
    const [avro, json] = domainEvents.map(({ id }) => events.find((event) => event.id === id));
    expect(avro).toEqual({ ...json, id: domainEvents[0]!.id });
    expect(avro).toMatchObject({
      ...{ specversion: '1.0', type: IncentiveGenerated.type, tenantid: 'hooked' },
      ...{ datacontenttype: 'application/json', data },
    });
    const types = endpoint.events().map(({ headers }) => headers['content-type']);
    expect(types).toEqual(Array(2).fill('application/cloudevents+json; charset=utf-8'));
  });
});
