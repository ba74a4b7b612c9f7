import type { Message } from 'kafkajs';

/**
 * The most that the variable-length integers and the attributes around a record's key and value
 * take.
 */
const recordOverheadBytes = 41;

/** The most that the two lengths of a header take. */
const headerOverheadBytes = 10;

/**
 * The most bytes that a record takes in an uncompressed batch:
 * https://kafka.apache.org/documentation/#record
 */
export const recordBytes = ({ key, value, headers = {} }: Message): number =>
  Object.entries(headers).reduce(
    (sum, [name, text]) =>
      sum + headerOverheadBytes + Buffer.byteLength(name) + byteLength(text?.toString()),
    recordOverheadBytes + byteLength(key) + byteLength(value),
  );

const byteLength = (data: Buffer | string | null | undefined): number =>
  data === null || data === undefined ? 0 : Buffer.byteLength(data);
