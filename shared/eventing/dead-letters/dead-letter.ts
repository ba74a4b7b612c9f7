import type { Message } from 'kafkajs';
import type { Contract } from '../contract.ts';
import { CampaignChanged, CampaignQualified, CampaignsHit } from '../contracts/campaigns.ts';
import { DotnetRecordChanged, StoreRecordChanged } from '../contracts/customer-records.ts';
import { IncentiveReversalRequested } from '../contracts/incentives.ts';
import { OrderPlaced, OrderProgressed, OrderRefunded } from '../contracts/orders.ts';
import { ActionPerformed, ActionReversed } from '../contracts/tenant-events.ts';
import { plainRecord } from '../kafka/plain-record.ts';
import type { TopicRecord } from '../kafka/topic-record.ts';
import { originIn, unknownOrigin, valueOmittedHeader } from './letter-record.ts';
import { historyIn, isHistory, type ResendHistory } from './resend-history.ts';

/**
 * An event that could not be delivered, as store-dead-letter writes it to the dead-letter topic.
 */
export type DeadLetter = ResendHistory &
  Readonly<{
    /** The same for every copy of a letter: dispatchers and clients deliver at least once. */
    letterId: string;
    /** Place in `dead-letters`: partition/offset. */
    place: string;
    partition: number;
    offset: number;
    /** When it was given up. */
    at: Date;
    id: string;
    source: string;
    type: string;
    /** Status of the last response; undefined if there was none: a timeout, or no connection. */
    status: string | undefined;
    /** The body of that response: code and detail, if it was one of our problems. */
    code: string;
    detail: string;
    /** The topic that it came from and can be sent to again; undefined if unknown. */
    topic: string | undefined;
    key: string | undefined;
    /** All attributes that it had before it became a dead letter. */
    attributes: Readonly<Record<string, string>>;
    contentType: string | undefined;
    value: Buffer | null;
    /** Whether it had a value that was too large to be stored. */
    isValueOmitted: boolean;
  }>;

/** Contracts of events that are delivered as CloudEvents, which do not contain their topic. */
const contracts: readonly Contract[] = [
  OrderPlaced,
  OrderRefunded,
  OrderProgressed,
  ActionPerformed,
  ActionReversed,
  CampaignQualified,
  CampaignsHit,
  CampaignChanged,
  IncentiveReversalRequested,
  DotnetRecordChanged,
  StoreRecordChanged,
];

/** Reads a record of the dead-letter topic. */
export const toDeadLetter = ({
  partition,
  headers,
  key,
  value,
  offset,
  timestamp,
}: TopicRecord): DeadLetter => {
  const texts = Object.entries(headers ?? {}).map(
    ([name, value]) => [name, String(value)] as const,
  );
  const all = Object.fromEntries(texts);
  const attribute = (name: string): string | undefined => all[`ce_${name}`];
  const at = new Date(Number(timestamp));
  const source = attribute('source') ?? '';
  const type = attribute('type') ?? '';
  const place = `${partition}/${offset}`;
  const origin = originIn({ key, headers: all });
  return {
    letterId: origin === undefined ? place : String(key),
    place,
    partition,
    offset: Number(offset),
    at,
    id: attribute('id') ?? '',
    source,
    type,
    status: attribute('knativeerrorcode'),
    ...reasonOf(attribute('knativeerrordata')),
    topic: isTopic(origin) ? origin : topicOf(type, source),
    key: attribute('partitionkey'),
    ...historyIn((name) => attribute(name) ?? attribute(`${headerAttribute}${name}`), at),
    attributes: Object.fromEntries(texts.flatMap(([name, value]) => attributeOf(name, value))),
    contentType: all['content-type'],
    value,
    isValueOmitted: valueOmittedHeader in all,
  };
};

/** Whether an origin is a topic that a source reads, not a Trigger of the Broker. */
const isTopic = (origin: string | undefined): boolean =>
  origin !== undefined && origin !== unknownOrigin && !origin.includes('/');

/**
 * KafkaSource puts each header of a plain record into an attribute: lower case, letters and digits
 * only.
 */
const headerAttribute = 'kafkaheader';

/** Whether an attribute was added by the dispatcher, or to count resends. */
const isAdded = (name: string): boolean =>
  name.startsWith('knative') || isHistory(name) || isHistory(name.replace(headerAttribute, ''));

/** An attribute by the header that carries it, unless it was added on the way. */
const attributeOf = (header: string, value: string): (readonly [string, string])[] =>
  header.startsWith('ce_') && !isAdded(header.slice(3)) ? [[header.slice(3), value]] : [];

/**
 * The topic of a plain record is after the # of its source; that of another event is its
 * contract's.
 */
const topicOf = (type: string, source: string): string | undefined =>
  type === plainRecord
    ? source.slice(source.lastIndexOf('#') + 1)
    : contracts.find((contract) => contract.type === type)?.topic;

/**
 * Base64 of the first 1,024 bytes of the last response's body, so a long body is cut off and is no
 * longer valid JSON.
 */
const reasonOf = (base64: string | undefined): { code: string; detail: string } => {
  const text = Buffer.from(base64 ?? '', 'base64').toString();
  try {
    const { code, detail } = JSON.parse(text) as { code?: unknown; detail?: unknown };
    return { code: String(code), detail: String(detail) };
  } catch {
    return { code: 'unknown', detail: text };
  }
};

/**
 * The record to send again: a plain record with the key, bytes, content type and headers that it
 * had, a CloudEvent in binary mode with its attributes. An event without a time is dated when it
 * was first sent.
 * @param history its earlier resends; empty when it is sent by hand, which starts over.
 */
export const toRecord = (
  letter: DeadLetter,
  history: Readonly<Record<string, string>> = {},
): Message => {
  const { type, key, attributes, value } = letter;
  const record = { key: key ?? null, value };
  if (type === plainRecord)
    return {
      ...record,
      ...timestampOf(attributes['time']),
      headers: { ...plainHeaders(letter), ...history },
    };
  const headers = Object.entries({ ...attributes, ...history }).map(
    ([name, text]) => [`ce_${name}`, text] as const,
  );
  return {
    ...record,
    headers: { ...Object.fromEntries(headers), ...contentTypeOf(letter) },
  };
};

/**
 * The original headers of a plain record, so that KafkaSource makes the same attributes of them.
 */
const plainHeaders = (letter: DeadLetter): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(letter.attributes)
      .filter(([name]) => name.startsWith(headerAttribute))
      .map(([name, text]) => [name.slice(headerAttribute.length), text]),
  ),
  ...contentTypeOf(letter),
});

/** None for a record that had none, which reads as JSON. */
const contentTypeOf = ({ contentType }: DeadLetter): Record<string, string> =>
  contentType === undefined ? {} : { 'content-type': contentType };

const timestampOf = (time: string | undefined): Pick<Message, 'timestamp'> => {
  const atMs = Date.parse(time ?? '');
  return Number.isNaN(atMs) ? {} : { timestamp: String(atMs) };
};
