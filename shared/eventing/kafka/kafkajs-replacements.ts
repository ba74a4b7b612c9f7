/** What we replace in kafkajs (2.2.4). docs/decisions/0029 explains why. */
import {
  crc32C,
  type ProduceParts,
  produceRequests,
  type RequestQueue,
  requestQueueMethods,
} from './kafkajs-internals.ts';

/** How long requests wait while too many are in flight, as in kafkajs. */
const checkMs = 10;

/**
 * Replaces how kafkajs (2.2.4) schedules the next look at its pending requests. It also does so
 * while there are none, for a time in the past: each connection wakes its process up every
 * millisecond, which took an idle function 25 to 40 ms of processor time per second. A request that
 * finds the queue full or throttled schedules the next look itself.
 */
export const mendRequestQueue = (): void => {
  requestQueueMethods.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
    const waitMs = Math.max(this.throttledUntil - Date.now(), checkMs);
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    }, waitMs);
  };
};

type Partition = ProduceParts['topicData'][number]['partitions'][number];
type Record = Partition['messages'][number];
type Producer = Pick<ProduceParts, 'producerId' | 'producerEpoch'>;

/** The versions of the request that have the layout which `encodeProduce` writes. */
const isKnown = (version: number): boolean => version >= 3 && version <= 7;

/**
 * Lets kafkajs (2.2.4) send requests to produce as `encodeProduce` writes them. kafkajs handles
 * everything else about a request, its retries and its response.
 */
export const encodeProduceRequests = (): void => {
  const { protocol } = produceRequests;
  produceRequests.protocol = (chosen) => {
    const produce = protocol(chosen);
    if (produce === undefined || !isKnown(chosen.version)) return produce;
    return (parts) => {
      const { request, response } = produce(parts);
      if (!isPlainProduce(parts)) return { request, response };
      const encode = () => {
        const bytes = encodeProduce(parts, Date.now());
        return Promise.resolve({ buf: bytes, buffer: bytes });
      };
      return { request: { ...request, encode }, response };
    };
  };
};

/**
 * Whether `encodeProduce` can write a request: without compression, transaction and times of the
 * sender's own.
 */
export const isPlainProduce = ({
  compression,
  transactionalId,
  topicData,
}: ProduceParts): boolean =>
  compression === 0 &&
  transactionalId === undefined &&
  topicData.every(({ partitions }) =>
    partitions.every(({ messages }) =>
      messages.every(
        ({ timestamp, headers = {} }) =>
          timestamp === undefined && Object.values(headers).every(isBytes),
      ),
    ),
  );

const isBytes = (value: unknown): value is Buffer | string | null =>
  value === null || typeof value === 'string' || Buffer.isBuffer(value);

/**
 * Writes the body of a request to produce, of versions 3 to 7:
 * https://kafka.apache.org/protocol#The_Messages_Produce. The same bytes as kafkajs (2.2.4) writes,
 * in one pass and one buffer; kafkajs allocates one for each header of each record. Unlike kafkajs
 * it writes the value of a header as null where it is null.
 */
export const encodeProduce = (parts: ProduceParts, nowMs: number): Buffer => {
  const writer = new ByteWriter();
  writer.int16(-1);
  writer.int16(parts.acks);
  writer.int32(parts.timeout);
  writer.int32(parts.topicData.length);
  for (const { topic, partitions } of parts.topicData) {
    const bytes = Buffer.byteLength(topic);
    writer.int16(bytes);
    writer.raw(topic, bytes);
    writer.int32(partitions.length);
    for (const partition of partitions) {
      writer.int32(partition.partition);
      const sizeAt = writer.length;
      writer.int32(0);
      writeBatch(writer, partition, { ...parts, nowMs });
      writer.putInt32(writer.length - sizeAt - 4, sizeAt);
    }
  }
  return writer.from(0);
};

/** https://kafka.apache.org/documentation/#recordbatch */
const writeBatch = (
  writer: ByteWriter,
  { messages, firstSequence }: Partition,
  { producerId, producerEpoch, nowMs }: Producer & Readonly<{ nowMs: number }>,
): void => {
  writer.int64(0n);
  const lengthAt = writer.length;
  writer.int32(0);
  writer.int32(0);
  writer.int8(2);
  const crcAt = writer.length;
  writer.int32(0);
  writer.int16(0);
  writer.int32(messages.length - 1);
  writer.int64(BigInt(nowMs));
  writer.int64(BigInt(nowMs));
  writer.int64(BigInt(producerId));
  writer.int16(producerEpoch);
  writer.int32(firstSequence);
  writer.int32(messages.length);
  messages.forEach((message, offset) => writeRecord(writer, message, offset));
  writer.putInt32(writer.length - lengthAt - 4, lengthAt);
  writer.putInt32(crc32C(writer.from(crcAt + 4)) | 0, crcAt);
};

/** https://kafka.apache.org/documentation/#record; its time is that of the batch. */
const writeRecord = (
  writer: ByteWriter,
  { key, value, headers = {} }: Record,
  offset: number,
): void => {
  const fields = Object.entries(headers).map(([name, text]) => {
    const bytes = text as Buffer | string | null;
    return [name, Buffer.byteLength(name), bytes, lengthOf(bytes)] as const;
  });
  const keyBytes = lengthOf(key);
  const valueBytes = lengthOf(value);
  let bytes = 2 + varintBytes(offset) + varintBytes(fields.length);
  bytes += sizeOf(keyBytes) + sizeOf(valueBytes);
  for (const [, nameBytes, , textBytes] of fields) bytes += sizeOf(nameBytes) + sizeOf(textBytes);
  writer.varint(bytes);
  writer.int8(0);
  writer.varint(0);
  writer.varint(offset);
  writeBytes(writer, key, keyBytes);
  writeBytes(writer, value, valueBytes);
  writer.varint(fields.length);
  for (const [name, nameBytes, text, textBytes] of fields) {
    writeBytes(writer, name, nameBytes);
    writeBytes(writer, text, textBytes);
  }
};

/** In bytes, or -1 of what is absent. */
const lengthOf = (value: Buffer | string | null | undefined): number =>
  value === null || value === undefined ? -1 : Buffer.byteLength(value);

const sizeOf = (length: number): number => varintBytes(length) + Math.max(0, length);

const writeBytes = (
  writer: ByteWriter,
  value: Buffer | string | null | undefined,
  length: number,
): void => {
  writer.varint(length);
  if (value !== null && value !== undefined) writer.raw(value, length);
};

/**
 * Writes numbers and texts one after the other, as the protocol of Kafka has them, into one buffer
 * that grows.
 */
class ByteWriter {
  #buffer = Buffer.allocUnsafe(2_048);
  #length = 0;

  /** Bytes written so far. */
  get length(): number {
    return this.#length;
  }

  int8(value: number): void {
    this.#length = this.#room(1).writeInt8(value, this.#length);
  }

  int16(value: number): void {
    this.#length = this.#room(2).writeInt16BE(value, this.#length);
  }

  int32(value: number): void {
    this.#length = this.#room(4).writeInt32BE(value, this.#length);
  }

  int64(value: bigint): void {
    this.#length = this.#room(8).writeBigInt64BE(value, this.#length);
  }

  /**
   * An integer of variable length: https://protobuf.dev/programming-guides/encoding/#signed-ints
   */
  varint(value: number): void {
    const buffer = this.#room(5);
    let left = (value << 1) ^ (value >> 31);
    while ((left & ~0x7f) !== 0) {
      buffer[this.#length++] = (left & 0x7f) | 0x80;
      left >>>= 7;
    }
    buffer[this.#length++] = left;
  }

  /** The bytes themselves, without their length; `bytes` is the length of a text in UTF-8. */
  raw(value: Buffer | string, bytes: number): void {
    const buffer = this.#room(bytes);
    if (typeof value === 'string') buffer.write(value, this.#length, bytes, 'utf8');
    else value.copy(buffer, this.#length);
    this.#length += bytes;
  }

  /** Writes a number where room was left for it. */
  putInt32(value: number, position: number): void {
    this.#buffer.writeInt32BE(value, position);
  }

  /** The bytes from a position on. */
  from(position: number): Buffer {
    return this.#buffer.subarray(position, this.#length);
  }

  #room(bytes: number): Buffer {
    const needed = this.#length + bytes;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(2 * needed);
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    return this.#buffer;
  }
}

/** How many bytes a number takes as a `varint`. */
const varintBytes = (value: number): number => {
  let left = (value << 1) ^ (value >> 31);
  let bytes = 1;
  while ((left & ~0x7f) !== 0) {
    bytes += 1;
    left >>>= 7;
  }
  return bytes;
};
