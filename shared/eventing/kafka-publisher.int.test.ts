import { Kafka as KafkaBinding, type KafkaMessage } from 'cloudevents';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTopic } from '#scripts/platform/read-topic.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import { hasKafka, testKafka } from '#shared/testing/servers.ts';
import { PointsAwarded } from './contracts/points-awarded.ts';
import { factOf } from './fact.ts';
import { kafkaPublisher } from './kafka-publisher.ts';

const kafka = testKafka();
const { example } = PointsAwarded;

const fact = (topic: string, orderId: string) => ({
  ...factOf(PointsAwarded, {
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
    topic = await kafka.createTopic('facts', { numPartitions: 3 });
  });
  afterAll(() => publisher.close());

  it('writes what the SDK reads back as the same event', async () => {
    await publisher.publish([
      { fact: fact(topic, 'o-1'), correlationId: 'shop 7', traceparent: '00-ab-cd-01' },
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
      id: fact(topic, 'o-1').id,
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

  it('keeps the facts of one key in one partition, in order', async () => {
    const ordered = await kafka.createTopic('ordered', { numPartitions: 3 });
    const facts = Array.from({ length: 50 }, (_, number) => fact(ordered, `o-${number}`));
    await publisher.publish(facts.map((it) => ({ fact: it })));
    const messages = await readTopic(kafka.brokers, ordered);
    expect(messages.map(({ headers }) => String(headers?.['ce_id']))).toEqual(
      facts.map(({ id }) => id),
    );
  });

  it('says Unavailable when a topic is not there, and goes on with the next', async () => {
    await expect(publisher.publish([{ fact: fact('no-such-topic', 'o-1') }])).rejects.toThrow(
      Unavailable,
    );
    await publisher.publish([{ fact: fact(topic, 'o-2') }]);
    expect(await readTopic(kafka.brokers, topic)).toHaveLength(2);
  });

  it('says Unavailable when Kafka is not there', async () => {
    const nowhere = kafkaPublisher({ brokers: ['127.0.0.1:1'], clientId: 'test' });
    await expect(nowhere.publish([{ fact: fact(topic, 'o-1') }])).rejects.toThrow(Unavailable);
    await nowhere.close();
  });
});

describe('factOf', () => {
  it('gives the same cause the same id, and another cause or type another', () => {
    expect(fact('t', 'o-1').id).toBe(fact('t', 'o-1').id);
    expect(fact('t', 'o-1').id).not.toBe(fact('t', 'o-2').id);
    expect(fact('t', 'o-1').id).toMatch(/^[\da-f]{8}-[\da-f]{4}-5/);
  });
});
