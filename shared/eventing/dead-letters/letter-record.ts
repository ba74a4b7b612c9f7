import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Message } from 'kafkajs';

/** A request to the dead-letter sink, as Knative's dispatcher sends it. */
export type LetterRequest = Readonly<{
  /** Names where the event came from: `/<topic>` for a source, `/triggers/<name>` for a Trigger. */
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}>;

/** The record that stores a dead letter. */
export type LetterRecord = Readonly<{
  key: string;
  value: Buffer | null;
  headers: Readonly<Record<string, string>>;
}>;

/** The header of a letter whose value is not stored. */
export const valueOmittedHeader = 'guerdon-value-omitted';

/**
 * The record of a letter, as a KafkaSink in binary mode would write it, but for its key: each
 * attribute as a header `ce_…` in UTF-8, the content type and the data as they came, and no value
 * for no data, as queue-proxy makes no difference between the two. Nothing is parsed or validated,
 * so that everything that could not be delivered can be stored.
 *
 * The key names the record that could not be delivered, by the path, partition and offset, so that
 * its letter has the same key each time. A request that does not name one is identified by its
 * content.
 */
export const toLetterRecord = ({ path, headers, body }: LetterRequest): LetterRecord => {
  const kept = Object.fromEntries(Object.entries(headers).flatMap(toKafkaHeader));
  const value = body.length === 0 ? null : body;
  return { key: keyOf(originOf(path), kept, value), value, headers: kept };
};

/** The same letter without its value, which is too large to be stored, and marked so. */
export const withoutValue = (letter: LetterRecord): LetterRecord => ({
  ...letter,
  value: null,
  headers: { ...letter.headers, [valueOmittedHeader]: 'true' },
});

const toKafkaHeader = ([name, value]: [string, unknown]): [string, string][] => {
  if (name === 'content-type') return [[name, String(value)]];
  return name.startsWith('ce-') ? [[`ce_${name.slice(3)}`, String(value)]] : [];
};

/** What Knative adds to each event that it reads from Kafka. */
const partitionHeader = 'ce_knativekafkapartition';
const offsetHeader = 'ce_knativekafkaoffset';

/** For a path that names no topic and no Trigger. */
export const unknownOrigin = 'unknown';

const originOf = (path: string): string | undefined =>
  /^\/([\w.-]+(?:\/[\w.-]+)?)$/.exec(path)?.[1];

const keyOf = (
  origin: string | undefined,
  headers: LetterRecord['headers'],
  value: Buffer | null,
): string => {
  const position = positionIn(headers);
  if (origin !== undefined && position !== undefined) return `${origin}/${position}`;
  const content = createHash('sha256').update(JSON.stringify(headers));
  return `${origin ?? unknownOrigin}/${content.update(value ?? '').digest('hex')}`;
};

const positionIn = (headers: Message['headers'] & {}): string | undefined => {
  const position = `${String(headers[partitionHeader])}/${String(headers[offsetHeader])}`;
  return /^\d+\/\d+$/.test(position) ? position : undefined;
};

/**
 * Reads from a letter where its event came from: `<topic>`, `triggers/<name>`, or `unknown`.
 * Undefined for a letter that a KafkaSink wrote, whose key is that of the event.
 */
export const originIn = ({
  key,
  headers = {},
}: Pick<Message, 'key' | 'headers'>): string | undefined => {
  const [, origin, name] = /^(.+?)\/(\d+\/\d+|[\da-f]{64})$/.exec(String(key)) ?? [];
  return name === positionIn(headers) || name?.length === 64 ? origin : undefined;
};
