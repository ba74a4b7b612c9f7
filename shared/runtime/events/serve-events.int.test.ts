/** A function of events whose network to Kafka fails. */

import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { ActionPerformed } from '#shared/eventing/contracts/tenant-events.ts';
import { derivedId } from '#shared/eventing/domain-event.ts';
import { kafkaPublisher } from '#shared/eventing/kafka/kafka-publisher.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import { hosted } from '#shared/testing/servers/hosted.ts';
import { type KafkaProxy, kafkaProxy } from '#shared/testing/servers/kafka-proxy.ts';
import { hasKafka, testKafka } from '#shared/testing/servers/servers.ts';
import { on } from './event-handler.ts';
import { createEventFunction } from './serve-events.ts';

const kafka = testKafka();

describe.skipIf(!hasKafka())('a function of events', () => {
  let network: KafkaProxy;
  let publisher: Publisher;
  beforeAll(async () => {
    network = await kafkaProxy(kafka.brokers[0]!);
    publisher = kafkaPublisher({ brokers: [network.broker], clientId: 'test' });
  });
  afterAll(async () => {
    await publisher.close();
    await network.close();
  });

  /**
   * Starts a function that publishes one event per action to `topic`; returns how to deliver an
   * action.
   */
  const start = async (topic: string) => {
    const handler = on(ActionPerformed, ({ data: { tenantId, eventId, userId } }) =>
      Promise.resolve([
        {
          id: derivedId('test', eventId),
          type: 'test',
          topic,
          partitionKey: userId,
          time: new Date(),
          ...{ tenantId, data: { eventId } },
        },
      ]),
    );
    const parts = { handlers: [handler], publisher };
    const ask = await hosted(createEventFunction(parts, pino({ level: 'silent' })));
    return (eventId: string) =>
      ask('/', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'ce-specversion': '1.0',
          'ce-id': eventId,
          'ce-source': '/test',
          'ce-type': ActionPerformed.type,
        },
        body: JSON.stringify({ ...ActionPerformed.example, eventId }),
      });
  };

  const eventsIn = async (topic: string): Promise<ReadonlySet<string>> => {
    const records = await readTopic(kafka.brokers, topic);
    const toId = ({ value }: (typeof records)[number]) =>
      (JSON.parse(String(value)) as { eventId: string }).eventId;
    return new Set(records.map(toId));
  };

  it('answers 503 within its time while Kafka is silent, then publishes again by itself and misses nothing', async () => {
    const topic = await kafka.createTopic('silent', { numPartitions: 3 });
    const deliver = await start(topic);
    expect(await deliver('before')).toBe('204');

    network.blackHole();
    const cut = ['a', 'b', 'c'];
    const refused = ['503 kafka-unavailable', '503 kafka-unavailable', '503 kafka-unavailable'];
    // The first ones wait on a connection that was fine, the others on one that never answered.
    expect(await Promise.all(cut.map(deliver))).toEqual(refused);
    expect(await Promise.all(cut.map(deliver))).toEqual(refused);

    network.restore();
    for (const eventId of cut) await expect.poll(() => deliver(eventId)).toBe('204');
    expect(await deliver('after')).toBe('204');
    expect(await eventsIn(topic)).toEqual(new Set(['before', ...cut, 'after']));
  });
});
