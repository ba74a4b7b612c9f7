import type { Message, Producer } from 'kafkajs';
import { Unavailable } from '#shared/domain/errors.ts';
import { createMicroBatch } from '#shared/runtime/events/micro-batch.ts';
import type { Answer } from '../delivery/answer.ts';
import type { Target } from '../delivery/target.ts';
import { eventToMessage } from './event-to-message.ts';
import { messageBytes } from './message-bytes.ts';

/** `max.request.size` of the receivers' producers. */
const MESSAGE_BYTES_MAX = 1_048_576;

type Options = Readonly<{ url: string; topic: string; producer: Producer }>;

/**
 * A topic that accepts events, as the receiver of a KafkaSink or Broker does: 202 once all replicas
 * have the record, else 503, also for a record of more than 1 MiB.
 */
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
        throw new Unavailable('kafka', `${topic} is not writable`, { cause: error });
      }
    },
  });
  return {
    url,
    send: (event) => {
      const message = eventToMessage(event);
      if (messageBytes(message) > MESSAGE_BYTES_MAX) return Promise.resolve({ status: 503 });
      return batch.add(message).catch(() => ({ status: 503 }));
    },
  };
};
