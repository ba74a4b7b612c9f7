import { Kafka as KafkaBinding, type KafkaMessage } from 'cloudevents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import { hasKafka, testKafka } from '#shared/testing/servers/servers.ts';
import { PointsAwarded } from '../contracts/points-events.ts';
import { domainEventOf } from '../domain-event.ts';
import { kafkaPublisher } from './kafka-publisher.ts';

const kafka = testKafka();
const { example } = PointsAwarded;

const domainEvent = (topic: string, orderId: string) => ({
  ...domainEventOf(PointsAwarded, {
    cause: ['acme', orderId],
    partitionKey: 'c-1007',
    time: new Date('2026-11-21T10:15:00Z'),
    data: example,
  }),
  topic,
});

describe.skipIf(!hasKafka())('kafkaPublisher', () => {
  const publisher = kafkaPublisher({ brokers: kafka.brokers, clientId: 'test' });
  let topic: string;
  beforeAll(async () => {
    topic = await kafka.createTopic('domainEvents', { numPartitions: 3 });
  });
  afterAll(() => publisher.close());

  it('writes what the SDK reads back as the same event', async () => {
    await publisher.publish([
      { ...domainEvent(topic, 'o-1'), correlationId: 'shop 7', traceparent: '00-ab-cd-01' },
    ]);
    const [message] = await readTopic(kafka.brokers, topic);
    const headers = Object.fromEntries(
      Object.entries(message?.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    expect(headers['content-type']).toBe('application/json');
    expect(String(message?.key)).toBe('c-1007');
    const event = KafkaBinding.toEvent({
      headers,
      key: String(message?.key),
      value: String(message?.value),
    } as unknown as KafkaMessage);
    expect(event).toMatchObject({
      id: domainEvent(topic, 'o-1').id,
      type: 'guerdon.points.awarded.v1',
      source: '/guerdon',
      time: '2026-11-21T10:15:00.000Z',
      partitionkey: 'c-1007',
      tenantid: 'acme',
      correlationid: 'shop 7',
      traceparent: '00-ab-cd-01',
      data: example,
    });
  });

  it('keeps the events of one key in one partition, in order', async () => {
    const ordered = await kafka.createTopic('ordered', { numPartitions: 3 });
    const domainEvents = Array.from({ length: 50 }, (_, number) =>
      domainEvent(ordered, `o-${number}`),
    );
    await publisher.publish(domainEvents);
    const messages = await readTopic(kafka.brokers, ordered);
    expect(messages.map(({ headers }) => String(headers?.['ce_id']))).toEqual(
      domainEvents.map(({ id }) => id),
    );
  });

  const idsIn = async (name: string) =>
    (await readTopic(kafka.brokers, name)).map(({ headers }) => String(headers?.['ce_id']));
  const large = (name: string, orderId: string, bytes: number) => ({
    ...domainEvent(name, orderId),
    data: { padding: 'x'.repeat(bytes) },
  });

  it('publishes more than one partition takes at once in several requests, in order', async () => {
    const busy = await kafka.createTopic('busy', { numPartitions: 1 });
    const domainEvents = Array.from({ length: 30 }, (_, number) =>
      large(busy, `o-${number}`, 100_000),
    );
    expect(await publisher.publish(domainEvents)).toEqual([]);
    expect(await idsIn(busy)).toEqual(domainEvents.map(({ id }) => id));
  });

  it('refuses an event that no partition takes, and publishes the others of the call', async () => {
    const others = [domainEvent(topic, 'o-3'), domainEvent(topic, 'o-4')];
    const tooLarge = large(topic, 'o-5', 1_048_576);
    expect(await publisher.publish([others[0]!, tooLarge, others[1]!])).toMatchObject([
      { domainEvent: tooLarge, error: { name: 'InvalidEvent', code: 'event-too-large' } },
    ]);
    expect(await idsIn(topic)).toEqual(expect.arrayContaining(others.map(({ id }) => id)));
  });

  it('refuses what cannot be written as an event, and publishes the others of the call', async () => {
    const malformed = { ...domainEvent(topic, 'o-6'), time: new Date(Number.NaN) };
    const good = domainEvent(topic, 'o-7');
    expect(await publisher.publish([malformed, good])).toMatchObject([
      { domainEvent: malformed, error: { name: 'InvalidEvent', code: 'event-malformed' } },
    ]);
    expect(await idsIn(topic)).toContain(good.id);
  });

  it('publishes all but the events that Kafka refuses', async () => {
    const narrow = await kafka.createTopic('narrow', {
      numPartitions: 1,
      configEntries: [{ name: 'max.message.bytes', value: '5000' }],
    });
    const domainEvents = Array.from({ length: 7 }, (_, number) =>
      domainEvent(narrow, `o-${number}`),
    );
    const refused = [large(narrow, 'o-large-1', 5_000), large(narrow, 'o-large-2', 5_000)];
    const mixed = domainEvents.toSpliced(2, 0, refused[0]!).toSpliced(6, 0, refused[1]!);
    expect(await publisher.publish(mixed)).toMatchObject(
      refused.map((one) => ({ domainEvent: one, error: { code: 'event-refused' } })),
    );
    expect(await idsIn(narrow)).toEqual(domainEvents.map(({ id }) => id));
  });

  it('publishes the events of other topics where one topic does not exist', async () => {
    const lost = domainEvent('no-such-topic', 'o-8');
    const good = domainEvent(topic, 'o-9');
    const failed = [{ domainEvent: lost, error: expect.any(Unavailable) as Unavailable }];
    const calls = [publisher.publish([lost]), publisher.publish([good])];
    expect(await Promise.all(calls)).toEqual([failed, []]);
    expect(await idsIn(topic)).toContain(good.id);
  });

  it('returns every event as Unavailable when Kafka cannot be reached', async () => {
    const nowhere = kafkaPublisher({ brokers: ['127.0.0.1:1'], clientId: 'test' });
    const domainEvents = [domainEvent(topic, 'o-1'), domainEvent(topic, 'o-2')];
    expect(await nowhere.publish(domainEvents)).toMatchObject(
      domainEvents.map((one) => ({
        domainEvent: one,
        error: { name: 'Unavailable', dependency: 'kafka' },
      })),
    );
    await nowhere.close();
  });

  it('rejects calls while its buffer is full', async () => {
    const options = { brokers: kafka.brokers, clientId: 'test', waitingBytesMax: 1 };
    const bounded = kafkaPublisher(options);
    const [first, second] = [domainEvent(topic, 'o-10'), domainEvent(topic, 'o-11')];
    const calls = [bounded.publish([first]), bounded.publish([second])];
    expect(await Promise.all(calls)).toMatchObject([
      [],
      [{ domainEvent: second, error: { name: 'Unavailable', dependency: 'self' } }],
    ]);
    await bounded.close();
  });
});

describe('domainEventOf', () => {
  it('gives the same cause the same id, and another cause or type another', () => {
    expect(domainEvent('t', 'o-1').id).toBe(domainEvent('t', 'o-1').id);
    expect(domainEvent('t', 'o-1').id).not.toBe(domainEvent('t', 'o-2').id);
    expect(domainEvent('t', 'o-1').id).toMatch(/^[\da-f]{8}-[\da-f]{4}-5/);
  });
});
