import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { inBatches } from '../platform/in-batches.ts';
import type { OrderRecord } from './order-record.ts';

type Options = Readonly<{
  brokers: readonly string[];
  topic?: string;
  /** The rate; if omitted, as fast as Kafka accepts records. */
  ratePerSecond?: number | undefined;
  /** Called with the number of records that are safely in Kafka. */
  onSent?: (sent: number) => void;
}>;

/** Records of one produce request. */
const batchSize = 500;

/** How often a paced sender sends. */
const tickMs = 20;

/**
 * Writes records to the topic `orders` as a shop does: plain values under the customer's key, no
 * headers.
 * @returns how many were written.
 */
export const sendOrders = async (
  records: Iterable<OrderRecord> | AsyncIterable<OrderRecord>,
  { brokers, topic = 'orders', ratePerSecond, onSent }: Options,
): Promise<number> => {
  const kafka = new Kafka({
    clientId: 'orders',
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
  });
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  const startedAt = performance.now();
  const perBatch =
    ratePerSecond === undefined
      ? batchSize
      : Math.max(1, Math.round((ratePerSecond * tickMs) / 1000));
  const pace = async (sent: number): Promise<void> => {
    if (ratePerSecond === undefined) return;
    await sleep(Math.max(0, startedAt + (sent * 1000) / ratePerSecond - performance.now()));
  };
  let sent = 0;
  const sendAll = async (): Promise<void> => {
    for await (const batch of inBatches(records, perBatch)) {
      const messages = batch.map(({ key, value }) => ({ key, value }));
      await producer.send({ topic, acks: -1, messages });
      sent += batch.length;
      onSent?.(sent);
      await pace(sent);
    }
  };

  await producer.connect();
  await sendAll().finally(() => producer.disconnect());
  return sent;
};
