import { cloudEventIn, type KafkaRecord } from './record-to-event.ts';

const hasNullHeader = ({ message: { headers = {} } }: KafkaRecord): boolean =>
  Object.values(headers)
    .flat()
    .includes(null as never);

const isPlain = (record: KafkaRecord): boolean => cloudEventIn(record) === undefined;

/**
 * The records of a poll that a dispatcher loses without a dead letter, because of headers without a
 * value: a CloudEvent with such a header, and every plain record of the poll when a plain one has
 * such a header. Those are converted together, and Kafka's client hands out the unconverted ones
 * when that fails.
 */
export const lostRecords = (poll: readonly KafkaRecord[]): ReadonlySet<KafkaRecord> => {
  const broken = poll.filter(hasNullHeader);
  return new Set(broken.some(isPlain) ? [...broken, ...poll.filter(isPlain)] : broken);
};
