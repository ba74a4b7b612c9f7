import type { KafkaMessage } from 'kafkajs';
import { isStructured } from '../events/event-format.ts';
import { parseBinary } from '../events/parse-binary.ts';
import { parseStructured } from '../events/parse-structured.ts';
import { type RoutedEvent, withExtensions } from '../events/routed-event.ts';
import { traceIn } from '../events/trace-context.ts';
import { type KeyType, keyText } from './key-text.ts';

/** A record and its position. */
export type KafkaRecord = Readonly<{ topic: string; partition: number; message: KafkaMessage }>;

type Header = NonNullable<KafkaMessage['headers']>[string];

/** The last value of a header; one without a value reads as empty. */
const headerText = (value: Header): string => {
  const last = Array.isArray(value) ? value.at(-1) : value;
  return last?.toString() ?? '';
};

const headersOf = ({ headers = {} }: KafkaMessage): [name: string, value: string][] =>
  Object.entries(headers).map(([name, value]) => [name, headerText(value)]);

/** Extensions of every event, whatever record it comes from. */
const coordinates = ({ partition, message }: KafkaRecord) => ({
  knativekafkapartition: String(partition),
  knativekafkaoffset: message.offset,
});

const contentType = 'content-type';

/** The SDK cannot read an attribute without a value. */
const hasNullAttribute = (headers: NonNullable<KafkaMessage['headers']>): boolean =>
  Object.entries(headers).some(
    ([name, value]) =>
      (name.startsWith('ce_') || name === contentType) && [value].flat().includes(null as never),
  );

const parse = ({ message }: KafkaRecord): RoutedEvent | undefined => {
  const { value, headers = {} } = message;
  if (hasNullAttribute(headers)) return undefined;
  const declared = headers[contentType];
  if (declared !== undefined && isStructured(headerText(declared))) {
    return parseStructured(value ?? Buffer.alloc(0));
  }
  if (headers['ce_specversion'] === undefined) return undefined;
  return parseBinary(headersOf(message), 'ce_', value ?? undefined);
};

/**
 * The event in a record that is a CloudEvent, in binary or structured mode. Undefined when it is
 * none, or an invalid one: Knative treats both alike.
 */
export const cloudEventIn = (record: KafkaRecord): RoutedEvent | undefined => {
  const event = parse(record);
  const trace = traceIn(headersOf(record.message));
  return event && { ...withExtensions(event, coordinates(record)), trace };
};

/** Java prints as many fractional digits as a time has. */
const timeOf = ({ timestamp }: KafkaMessage): string =>
  new Date(Number(timestamp)).toISOString().replace(/\.?0+Z$/, 'Z');

type Wrapping = Readonly<{ namespace: string; name: string; keyType: KeyType }>;

/**
 * The event that KafkaSource makes of a record that is no CloudEvent. The id is unique only
 * together with the source, which names the topic. There is no content type unless the record has
 * one.
 */
export const wrapPlainRecord = (record: KafkaRecord, source: Wrapping): RoutedEvent => {
  const { topic, partition, message } = record;
  const attributes: Record<string, string> = {
    specversion: '1.0',
    type: 'dev.knative.kafka.event',
    source: `/apis/v1/namespaces/${source.namespace}/kafkasources/${source.name}#${topic}`,
    id: `partition:${partition}/offset:${message.offset}`,
    subject: `partition:${partition}#${message.offset}`,
    time: timeOf(message),
  };
  if (message.key && message.key.length > 0) {
    attributes['partitionkey'] = attributes['key'] = keyText(message.key, source.keyType);
  }
  for (const [name, value] of headersOf(message)) {
    const lowerCase = name.toLowerCase();
    if (lowerCase === contentType) attributes['datacontenttype'] = value.toLowerCase();
    else attributes[`kafkaheader${lowerCase.replaceAll(/[^a-z0-9]/g, '')}`] = value;
  }
  return {
    attributes: { ...attributes, ...coordinates(record) },
    data: message.value ?? undefined,
    trace: traceIn(headersOf(message)),
  };
};
