import type { KafkaMessage } from 'kafkajs';
import type { CapturedRequest } from './captured-request.ts';

/** A record that went through KafkaSource, and the resulting requests. */
export type SourceCapture = Readonly<{
  what: string;
  record: Readonly<{
    key?: string;
    value?: string | null;
    b64?: string;
    ts?: number;
    headers?: Readonly<Record<string, string>>;
  }>;
  requests: readonly CapturedRequest[];
}>;

/** A long value is captured as its first letters and its length. */
const valueOf = ({ value, b64 }: SourceCapture['record']): Buffer | null => {
  if (b64 !== undefined) return Buffer.from(b64, 'base64');
  const [, letter, length] = /^(.)\1*… \((\d+)\)$/.exec(value ?? '') ?? [];
  if (letter !== undefined) return Buffer.alloc(Number(length), letter);
  return typeof value === 'string' ? Buffer.from(value) : null;
};

/** The record with its position and time in Kafka, taken from its request. */
export const recordOf = ({ record, requests }: SourceCapture) => {
  const headers = new Map(requests[0]?.headers.map(([name, value]) => [name, value]));
  const time = record.ts ?? Date.parse(headers.get('ce-time') ?? '2026-11-21T15:38:48Z');
  const pairs = Object.entries(record.headers ?? {});
  const message = {
    key: record.key === undefined ? null : Buffer.from(record.key),
    value: valueOf(record),
    headers: Object.fromEntries(pairs.map(([name, text]) => [name, Buffer.from(text)])),
    offset: headers.get('ce-knativekafkaoffset') ?? '',
    timestamp: String(time),
    attributes: 0,
  } satisfies KafkaMessage;
  return { topic: 'orders', partition: Number(headers.get('ce-knativekafkapartition')), message };
};
