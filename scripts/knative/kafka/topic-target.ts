import type { Message, Producer } from 'kafkajs';
import { Unavailable } from '#shared/domain/errors.ts';
import { createMicroBatch } from '#shared/runtime/micro-batch.ts';
import type { Answer } from '../delivery/answer.ts';
import type { Target } from '../delivery/target.ts';
import type { RoutedEvent } from '../routed-event.ts';
import { nextHop } from '../trace-context.ts';

type Attributes = RoutedEvent['attributes'];

/** Receivers write version 1.0, whatever version an event came in. */
const upgraded = ({ schemaurl, ...attributes }: Attributes): Attributes => ({
  ...attributes,
  ...(schemaurl !== undefined && { dataschema: schemaurl }),
  specversion: '1.0',
});

/** An event as a Kafka record in binary mode; its key is the `partitionkey` extension, and null without one. */
const toKafkaMessage = ({ attributes: sent, data, trace }: RoutedEvent): Message => {
  const attributes = sent['specversion'] === '0.3' ? upgraded(sent) : sent;
  const headers: Record<string, string> = { ...nextHop(trace) };
  for (const name in attributes) {
    const header = name === 'datacontenttype' ? 'content-type' : `ce_${name}`;
    headers[header] = attributes[name] ?? '';
  }
  return { key: attributes['partitionkey'] ?? null, value: data ?? null, headers };
};

type Options = Readonly<{ url: string; topic: string; producer: Producer }>;

/** A topic that takes events, as a KafkaSink or a Broker's ingress does: 202 once all replicas have it, else 503. */
export const topicTarget = ({ url, topic, producer }: Options): Target => {
  const batch = createMicroBatch<Message, Answer>({
    itemsMax: 500,
    flushesMax: 2,
    waitingMax: 10_000,
    flush: async (messages) => {
      try {
        await producer.send({ topic, acks: -1, messages: [...messages] });
        return messages.map(() => ({ status: 202 }));
      } catch (error) {
        throw new Unavailable('kafka', `${topic} took no records`, { cause: error });
      }
    },
  });
  return {
    url,
    send: (event) => batch.add(toKafkaMessage(event)).catch(() => ({ status: 503 })),
  };
};
