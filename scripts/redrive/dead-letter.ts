import type { Message } from 'kafkajs';
import type { Contract } from '#shared/eventing/contract.ts';
import { OrderPlaced } from '#shared/eventing/contracts/order-placed.ts';
import type { TopicRecord } from '../platform/read-topic.ts';

/** An event that was given up, as Knative's dispatcher writes it to the dead-letter topic. */
export type DeadLetter = Readonly<{
  /** Place in `dead-letters`: partition/offset. */
  place: string;
  /** When it was given up. */
  at: Date;
  id: string;
  source: string;
  type: string;
  /** Status of the last answer; undefined when there was none: a timeout, nobody there. */
  status: string | undefined;
  /** What that answer said: our problem's code and detail where it was one of ours. */
  code: string;
  detail: string;
  /** The topic it came from and can be sent to again; undefined when that cannot be known. */
  topic: string | undefined;
  key: string | undefined;
  value: Buffer | null;
}>;

/** Contracts whose events arrive as CloudEvents of their own, which do not say the topic they came by. */
const contracts: readonly Contract[] = [OrderPlaced];

/** Reads a record of the dead-letter topic. */
export const toDeadLetter = ({
  partition,
  headers,
  key,
  value,
  offset,
  timestamp,
}: TopicRecord): DeadLetter => {
  const attribute = (name: string): string | undefined => headers?.[`ce_${name}`]?.toString();
  const source = attribute('source') ?? '';
  const type = attribute('type') ?? '';
  return {
    place: `${partition}/${offset}`,
    at: new Date(Number(timestamp)),
    id: attribute('id') ?? '',
    source,
    type,
    status: attribute('knativeerrorcode'),
    ...reasonOf(attribute('knativeerrordata')),
    topic: topicOf(type, source),
    key: attribute('partitionkey') ?? key?.toString(),
    value,
  };
};

/** A plain record's topic stands after the # of its source; another event's is its contract's. */
const topicOf = (type: string, source: string): string | undefined =>
  type === 'dev.knative.kafka.event'
    ? source.slice(source.lastIndexOf('#') + 1)
    : contracts.find((contract) => contract.type === type)?.topic;

/** Base64 of the first 1,024 bytes of the last answer's body, so a long one is cut and no JSON any more. */
const reasonOf = (base64: string | undefined): { code: string; detail: string } => {
  const text = Buffer.from(base64 ?? '', 'base64').toString();
  try {
    const { code, detail } = JSON.parse(text) as { code?: unknown; detail?: unknown };
    return { code: String(code), detail: String(detail) };
  } catch {
    return { code: 'unknown', detail: text };
  }
};

/** The record to send again: plain records as they were, CloudEvents in binary mode with the id and source they had. */
export const toRecord = ({ type, id, source, key, value }: DeadLetter): Message => {
  const record = { key: key ?? null, value };
  if (type === 'dev.knative.kafka.event') return record;
  const headers = { ce_specversion: '1.0', ce_id: id, ce_source: source, ce_type: type };
  return { ...record, headers: { ...headers, 'content-type': 'application/json' } };
};
