import { InvalidEvent } from '#shared/domain/errors.ts';
import { type CloudEvent, decodeCloudEvent } from '../cloud-event.ts';
import { plainRecord } from './plain-record.ts';
import type { TopicRecord } from './topic-record.ts';

/**
 * The events that a function may be given for a record, likeliest first: the CloudEvent in it, and
 * what KafkaSource makes of a record that is none. KafkaSource also takes a CloudEvent that its SDK
 * finds malformed for a plain record, and that SDK is stricter than our decoder, so a CloudEvent
 * has both readings. A reading that a function would refuse to decode is left out.
 */
export const recordReadings = (topic: string, record: TopicRecord): readonly CloudEvent[] => {
  const body = record.value ?? Buffer.alloc(0);
  return [cloudEventHeaders(record), plainHeaders(topic, record)].flatMap((headers) => {
    if (headers === undefined) return [];
    try {
      return [decodeCloudEvent(headers, body)];
    } catch (error) {
      if (error instanceof InvalidEvent) return [];
      throw error;
    }
  });
};

type HttpHeaders = Readonly<Record<string, string>>;

/** Later duplicates win; a header without a value reads as an empty one. */
const textsOf = ({ headers = {} }: TopicRecord): readonly (readonly [string, string])[] =>
  Object.entries(headers).map(([name, value]) => [
    name,
    String((Array.isArray(value) ? value.at(-1) : value) ?? ''),
  ]);

const structured = /^application\/cloudevents\+json\s*(?:;|$)/i;

const cloudEventHeaders = (record: TopicRecord): HttpHeaders | undefined => {
  const all = Object.fromEntries(textsOf(record));
  const contentType = all['content-type'];
  if (contentType !== undefined && structured.test(contentType))
    return { 'content-type': contentType };
  if (all['ce_specversion'] === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(all).map(([name, text]) => [name.replace(/^ce_/, 'ce-'), text]),
  );
};

const plainHeaders = (topic: string, record: TopicRecord): HttpHeaders => {
  const found = textsOf(record).findLast(([name]) => name.toLowerCase() === 'content-type');
  return {
    'ce-specversion': '1.0',
    'ce-type': plainRecord,
    'ce-source': `#${topic}`,
    'ce-id': `partition:${record.partition}/offset:${record.offset}`,
    ...(found !== undefined && { 'content-type': found[1].toLowerCase() }),
  };
};
