import { Kafka, logLevel } from 'kafkajs';

/** How to reach Kafka. */
export type KafkaOptions = Readonly<{ brokers: readonly string[]; clientId: string }>;

/** A client of Kafka whose calls end well within the time of a request, also when the network is silent. */
export const kafkaClient = ({ brokers, clientId }: KafkaOptions): Kafka =>
  new Kafka({
    clientId,
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3_000,
    // Four attempts on a silent connection take 21 s, well within the time of a request.
    requestTimeout: 5_000,
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
  });
