import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { type KafkaProxy, kafkaProxy } from '#shared/testing/servers/kafka-proxy.ts';
import { hasKafka, testKafka } from '#shared/testing/servers/servers.ts';
import { type DomainEvent, derivedId } from '../domain-event.ts';
import type { Publisher } from '../publisher.ts';
import { kafkaPublisher } from './kafka-publisher.ts';

const kafka = testKafka();

const eventOf = (topic: string, name: string): DomainEvent => ({
  id: derivedId('faults', name),
  type: 'test',
  topic,
  partitionKey: `c-${name}`,
  time: new Date('2026-11-21T10:15:00Z'),
  tenantId: 'acme',
  data: { name },
});

const idsIn = async (topic: string) =>
  new Set((await readTopic(kafka.brokers, topic)).map(({ headers }) => String(headers?.['ce_id'])));

/** A request to write records: its API key comes after the length. */
const isProduce = (request: Buffer): boolean => request.length > 6 && request.readInt16BE(4) === 0;

describe.skipIf(!hasKafka())('kafkaPublisher, on a bad network', () => {
  let proxy: KafkaProxy;
  let publisher: Publisher;
  beforeAll(async () => {
    proxy = await kafkaProxy(kafka.brokers[0]!);
    publisher = kafkaPublisher({ brokers: [proxy.broker], clientId: 'test' });
  });
  afterAll(async () => {
    await publisher.close();
    await proxy.close();
  });

  it('has every acknowledged event in Kafka when a response is lost and other calls wait', async () => {
    const topic = await kafka.createTopic('lost', { numPartitions: 1 });
    for (let round = 0; round < 3; round += 1) {
      await publisher.publish([eventOf(topic, `${round} first`)]);
      proxy.loseResponse(isProduce);
      const calls = ['a', 'b', 'c'].map(async (name) => {
        const event = eventOf(topic, `${round} ${name}`);
        // The calls reach the publisher one turn after the other, as requests do.
        await new Promise((resolve) => setImmediate(resolve));
        return (await publisher.publish([event])).length === 0 ? [event.id] : [];
      });
      const acknowledged = (await Promise.all(calls)).flat();
      const written = await idsIn(topic);
      expect(acknowledged.filter((id) => !written.has(id))).toEqual([]);
      expect(acknowledged).toHaveLength(3);
    }
  });

  it('has every acknowledged event in Kafka after 200 connections of 40 callers were reset', async () => {
    const topic = await kafka.createTopic('resets', { numPartitions: 12 });
    const acknowledged: string[] = [];
    let [resets, calls] = [0, 0];
    proxy.delay(2);
    const call = async (caller: number): Promise<void> => {
      while (resets < 200) {
        const event = eventOf(topic, `${caller} ${(calls += 1)}`);
        const failed = await publisher.publish([event]);
        if (failed.length === 0) acknowledged.push(event.id);
        if (calls % 50 === 0) resets += proxy.reset();
      }
    };
    await Promise.all(Array.from({ length: 40 }, (_, caller) => call(caller)));
    proxy.restore();
    const written = await idsIn(topic);
    expect(acknowledged.filter((id) => !written.has(id))).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(200);
  }, 300_000);
});
