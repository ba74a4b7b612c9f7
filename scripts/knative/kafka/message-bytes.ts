import type { Message } from 'kafkajs';

/** The overhead of a batch and of a record. */
const OVERHEAD_BYTES = 61 + 21;

/** How many bytes a length takes in Kafka's zigzag encoding. */
const lengthBytes = (length: number): number =>
  Math.max(1, Math.ceil((33 - Math.clz32(length)) / 7));

const fieldBytes = (field: string | Buffer | null | undefined): number => {
  const length = field ? Buffer.byteLength(field) : 0;
  return lengthBytes(length) + length;
};

/**
 * The upper bound of a record's size that Kafka's Java producer compares with `max.request.size`.
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
