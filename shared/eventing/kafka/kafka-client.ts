import { Kafka, logLevel } from './kafkajs.ts';

/** How to reach Kafka. */
export type KafkaOptions = Readonly<{
  brokers: readonly string[];
  clientId: string;
  /**
   * How long a response may take. Four attempts on a silent connection take 21 s by default, well
   * within the time of a request.
   */
  requestTimeoutMs?: number;
}>;

/**
 * A client of Kafka whose calls end within the time of a request, even if the network drops packets
 * silently.
 */
export const kafkaClient = ({ brokers, clientId, requestTimeoutMs = 5_000 }: KafkaOptions): Kafka =>
  new Kafka({
    clientId,
    brokers: [...brokers],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 3_000,
    requestTimeout: requestTimeoutMs,
    retry: { retries: 3, initialRetryTime: 100, maxRetryTime: 1_000 },
  });
