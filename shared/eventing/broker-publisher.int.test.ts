import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { cloudEventIn } from '#scripts/knative/kafka/record-to-event.ts';
import { topicTarget } from '#scripts/knative/kafka/topic-target.ts';
import { startReceiver } from '#scripts/knative/receivers/receiver.ts';
import { type RecordingSink, recordingSink } from '#scripts/knative/receivers/recording-sink.ts';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { freePort } from '#scripts/services/free-port.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { hasKafka, testKafka } from '#shared/testing/servers/servers.ts';
import { brokerPublisher } from './broker-publisher.ts';
import { CampaignChanged } from './contracts/campaigns.ts';
import { type DomainEvent, domainEventOf } from './domain-event.ts';

const { example } = CampaignChanged;

const change = (version: number): DomainEvent =>
  domainEventOf(CampaignChanged, {
    cause: ['acme', example.campaignId, String(version)],
    partitionKey: example.campaignId,
    time: new Date('2026-11-21T10:30:00Z'),
    data: { ...example, version },
  });

const unavailable = (domainEvent: DomainEvent) => ({
  domainEvent,
  error: expect.any(Unavailable) as Unavailable,
});

describe.skipIf(!hasKafka())('brokerPublisher, at the ingress of a Broker', () => {
  const { brokers, createTopic } = testKafka();
  const kafka = new Kafka({ brokers, logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  let topic: string;
  let sink: string;
  let ingress: Awaited<ReturnType<typeof startReceiver>>;
  beforeAll(async () => {
    await producer.connect();
    topic = await createTopic('broker');
    const port = await freePort();
    const target = topicTarget({ url: 'http://broker', topic, producer });
    ingress = await startReceiver(port, new Map([['/guerdon/guerdon', target]]));
    sink = `http://127.0.0.1:${port}/guerdon/guerdon`;
  });
  afterAll(async () => {
    await ingress.stop();
    await producer.disconnect();
  });

  it('leaves each event in Kafka as one event, in order, with what the binding overrides', async () => {
    const publisher = brokerPublisher({ sink, extensions: { origin: 'cms', tenantid: 'other' } });
    await publisher.publish([
      { ...change(1), correlationId: 'r-7', traceparent: '00-ab-cd-01' },
      change(2),
    ]);
    await publisher.close();
    const records = await readTopic(brokers, topic);
    const events = records.map((message) => cloudEventIn({ topic, partition: 0, message }));
    expect(records.map(({ key }) => String(key))).toEqual([example.campaignId, example.campaignId]);
    expect(events.map((event) => JSON.parse(String(event?.data)) as unknown)).toEqual([
      { ...example, version: 1 },
      { ...example, version: 2 },
    ]);
    expect(events[0]?.attributes).toMatchObject({
      specversion: '1.0',
      id: change(1).id,
      source: '/guerdon',
      type: 'guerdon.campaign.changed.v1',
      time: '2026-11-21T10:30:00Z',
      datacontenttype: 'application/json',
      partitionkey: example.campaignId,
      correlationid: 'r-7',
      traceparent: '00-ab-cd-01',
      origin: 'cms',
      tenantid: 'other',
    });
    expect(events[1]?.attributes).not.toHaveProperty('correlationid');
  });

  it('returns the event as Unavailable where there is no such Broker', async () => {
    const publisher = brokerPublisher({ sink: `${sink}-not` });
    expect(await publisher.publish([change(3)])).toEqual([unavailable(change(3))]);
  });
});

describe('brokerPublisher', () => {
  let sink: RecordingSink;
  beforeEach(async () => {
    sink = await recordingSink();
  });
  afterEach(() => sink.close());

  const publish = (timeoutMs = 60_000, ...domainEvents: readonly DomainEvent[]) =>
    brokerPublisher({ sink: sink.url, timeoutMs }).publish(domainEvents);
  const ids = () => sink.received.map(({ headers }) => headers['ce-id']);

  it('sends an event again under its id until the sink accepts it', async () => {
    sink.answer(() => ({ status: sink.received.length < 3 ? 503 : 202 }));
    expect(await publish(60_000, change(1))).toEqual([]);
    expect(ids()).toEqual([change(1).id, change(1).id, change(1).id]);
  });

  it('gives up an event after three attempts, and does not try later ones', async () => {
    sink.answer(() => ({ status: 503, body: 'Kafka is unavailable' }));
    const error = expect.objectContaining({
      name: 'Unavailable',
      dependency: 'broker',
      cause: new Error('The sink answered 503: Kafka is unavailable'),
    }) as Unavailable;
    expect(await publish(60_000, change(1), change(2))).toEqual([
      { domainEvent: change(1), error },
      { domainEvent: change(2), error },
    ]);
    expect(ids()).toEqual([change(1).id, change(1).id, change(1).id]);
  });

  it('publishes the events after one that the sink refuses', async () => {
    sink.answer(() => ({ status: sink.received.length === 1 ? 413 : 202, body: 'too large' }));
    expect(await publish(60_000, change(1), change(2))).toMatchObject([
      { domainEvent: change(1), error: { name: 'InvalidEvent', code: 'event-refused' } },
    ]);
    expect(ids()).toEqual([change(1).id, change(2).id]);
  });

  it('returns the event as Unavailable when the sink does not answer, and follows no redirect', async () => {
    sink.answer(() => ({ status: 'never' }));
    expect(await publish(20, change(1))).toEqual([unavailable(change(1))]);
    sink.answer(() => ({ status: 307, headers: { location: `${sink.url}/elsewhere` } }));
    expect(await publish(60_000, change(1))).toEqual([unavailable(change(1))]);
    expect(sink.received.map(({ url }) => url)).not.toContain('/elsewhere');
  });

  it('returns the event as Unavailable when nothing listens', async () => {
    const nobody = brokerPublisher({ sink: 'http://127.0.0.1:1/' });
    expect(await nobody.publish([change(1)])).toEqual([unavailable(change(1))]);
  });

  it('writes in a header what no header can carry', async () => {
    const publisher = brokerPublisher({ sink: sink.url, extensions: { by: 'é 100\r\n\ud800' } });
    await publisher.publish([change(1)]);
    expect(sink.received[0]?.headers['ce-by']).toBe('%C3%A9 100%0D%0A%EF%BF%BD');
  });
});
