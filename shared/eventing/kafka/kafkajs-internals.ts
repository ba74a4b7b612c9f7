import type { Message } from 'kafkajs';
// @ts-expect-error the inside of kafkajs has no types.
import UntypedRequestQueue from 'kafkajs/src/network/requestQueue/index.js';
// @ts-expect-error the inside of kafkajs has no types.
import untypedCrc32C from 'kafkajs/src/protocol/recordBatch/crc32C/index.js';
// @ts-expect-error the inside of kafkajs has no types.
import untypedRequests from 'kafkajs/src/protocol/requests/produce/index.js';

/** What kafkajs (2.2.4) makes a request to produce from. */
export type ProduceParts = Readonly<{
  acks: number;
  timeout: number;
  compression: number;
  transactionalId?: string | undefined;
  producerId: string;
  producerEpoch: number;
  topicData: readonly Readonly<{
    topic: string;
    partitions: readonly Readonly<{
      partition: number;
      firstSequence: number;
      messages: readonly Message[];
    }>[];
  }>[];
}>;

type Encoded = Readonly<{ buf: Buffer; buffer: Buffer }>;

type Produce = (
  parts: ProduceParts,
) => Readonly<{ request: Readonly<{ encode: () => Promise<Encoded> }>; response: unknown }>;

/**
 * Where kafkajs looks up how to make a request to produce, by the version that the broker takes.
 */
export const produceRequests = untypedRequests as {
  protocol: (chosen: Readonly<{ version: number }>) => Produce | undefined;
};

/** The checksum of a batch of records. */
export const crc32C = untypedCrc32C as (bytes: Buffer) => number;

/** The requests of a connection that wait for others, or until the broker no longer throttles. */
export type RequestQueue = {
  readonly pending: readonly unknown[];
  /** Milliseconds since the epoch; -1 if it never was. */
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests: () => void;
};

/** The methods that all queues share. */
export const requestQueueMethods = (
  UntypedRequestQueue as {
    prototype: { scheduleCheckPendingRequests: (this: RequestQueue) => void };
  }
).prototype;
