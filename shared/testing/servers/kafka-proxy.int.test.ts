import { afterAll, describe, expect, it } from 'vitest';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { kafkaProxy } from './kafka-proxy.ts';
import { hasKafka, testKafka } from './servers.ts';

const kafka = testKafka();

describe.skipIf(!hasKafka())('kafkaProxy', () => {
  it('keeps producers and consumers behind it, and lets them continue after a reset', async () => {
    const proxy = await kafkaProxy(kafka.brokers[0]!);
    const topic = await kafka.createTopic('proxied', { numPartitions: 2 });
    const client = new Kafka({ brokers: [proxy.broker], logLevel: logLevel.NOTHING });
    const [admin, producer] = [client.admin(), client.producer()];
    const consumer = client.consumer({ groupId: topic });
    afterAll(async () => {
      await Promise.all([admin, producer, consumer].map((each) => each.disconnect()));
      await proxy.close();
    });

    await admin.connect();
    const { brokers } = await admin.describeCluster();
    expect(brokers.map(({ host, port }) => `${host}:${port}`)).toEqual([proxy.broker]);

    await producer.connect();
    await producer.send({ topic, messages: [{ value: 'before' }] });
    expect(proxy.reset()).toBeGreaterThanOrEqual(2);
    await producer.send({ topic, messages: [{ value: 'after' }] });

    const values = new Set<string>();
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: ({ message }) => {
        values.add(String(message.value));
        return Promise.resolve();
      },
    });
    await expect.poll(() => [...values].sort(), { timeout: 30_000 }).toEqual(['after', 'before']);
  });
});
