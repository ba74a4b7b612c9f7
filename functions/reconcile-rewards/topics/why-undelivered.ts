import type { TopicRecord } from '#shared/eventing/kafka/topic-record.ts';

/** Records that the dispatcher takes from Kafka in one poll. */
const pollRecordsMax = 50;

/** Bytes of headers that Envoy accepts by default: the smallest limit on the way to a function. */
const headerBytesMax = 61_440;

/** Bytes of a value that a function accepts. */
const valueBytesMax = 1_048_576;

const controlCharacter = /[\p{Cc}]/u;

type Header = NonNullable<TopicRecord['headers']>[string];

const valuesOf = (header: Header): readonly (Buffer | string | null | undefined)[] =>
  Array.isArray(header) ? header : [header];

/** The headers of a record with each of their values. */
const headersOf = ({ headers = {} }: TopicRecord) =>
  Object.entries(headers).flatMap(([name, header]) =>
    valuesOf(header).map((value) => [name, value] as const),
  );

const nullHeader = (record: TopicRecord): string | undefined =>
  headersOf(record).find(([, value]) => value === null || value === undefined)?.[0];

const hasControl = (text: Buffer | string | null | undefined): boolean =>
  controlCharacter.test(text?.toString() ?? '');

const headerBytesOf = (record: TopicRecord): number =>
  headersOf(record).reduce(
    (sum, [name, text]) => sum + Buffer.byteLength(name) + Buffer.byteLength(text ?? ''),
    record.key?.length ?? 0,
  );

/** The defects of a record itself, the surest first. */
const ownFaults: readonly ((record: TopicRecord) => string | undefined)[] = [
  (record) => {
    const header = nullHeader(record);
    return header === undefined ? undefined : `its header ${JSON.stringify(header)} has no value`;
  },
  ({ key }) => (hasControl(key) ? 'its key contains a control character' : undefined),
  (record) => {
    const [name] = headersOf(record).find(([, text]) => hasControl(text)) ?? [];
    return name && `its header ${JSON.stringify(name)} contains a control character`;
  },
  (record) => {
    const bytes = headerBytesOf(record);
    return bytes > headerBytesMax ? `its key and headers have ${bytes} bytes` : undefined;
  },
  ({ value }) =>
    value !== null && value.length > valueBytesMax
      ? `its value has ${value.length} bytes`
      : undefined,
];

const readTogetherWith = (
  { offset }: TopicRecord,
  around: readonly TopicRecord[],
): string | undefined => {
  const culprit = around.find(
    (other) =>
      Math.abs(Number(other.offset) - Number(offset)) < pollRecordsMax &&
      nullHeader(other) !== undefined,
  );
  return (
    culprit &&
    `it was read together with offset ${culprit.offset}, which has a header without a value`
  );
};

/**
 * Why a record was probably not delivered, as far as it and the records around it show, by the
 * known behaviour of Knative's data plane; docs/producers.md explains it.
 */
export const whyUndelivered = (record: TopicRecord, around: readonly TopicRecord[]): string => {
  for (const faultOf of ownFaults) {
    const fault = faultOf(record);
    if (fault !== undefined) return fault;
  }
  return readTogetherWith(record, around) ?? 'unknown';
};
