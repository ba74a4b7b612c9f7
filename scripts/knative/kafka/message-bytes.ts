import type { Message } from 'kafkajs';

/** A batch and a record around their contents. */
const OVERHEAD_BYTES = 61 + 21;

/** Bytes of a number of bytes, in Kafka's zigzag encoding. */
const lengthBytes = (length: number): number =>
  Math.max(1, Math.ceil((33 - Math.clz32(length)) / 7));

const fieldBytes = (field: string | Buffer | null | undefined): number => {
  const length = field ? Buffer.byteLength(field) : 0;
  return lengthBytes(length) + length;
};

/**
 * How large Kafka's Java producer takes a record to be, at most, when it compares it with
 * `max.request.size`.
 */
export const messageBytes = ({ key, value, headers = {} }: Message): number => {
  const fields = Object.entries(headers).flatMap(([name, values]) =>
    [values].flat().flatMap((text) => [name, text]),
  );
  return [key, value, ...fields].reduce(
    (sum, field) => sum + fieldBytes(field),
    OVERHEAD_BYTES + lengthBytes(fields.length / 2),
  );
};
