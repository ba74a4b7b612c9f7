import type { TopicRecord } from '../kafka/topic-record.ts';
import { toDeadLetter } from './dead-letter.ts';
import { originIn } from './letter-record.ts';

/** The record that a dead letter is of. */
export type LetterOrigin = Readonly<{
  /** The topic that it lies in; of a Trigger's event, `triggers/` and its name. */
  topic: string;
  partition: number;
  offset: number;
}>;

/**
 * The position of a dead letter's record in its topic; undefined if unknown, as for some letters
 * that a KafkaSink wrote.
 */
export const letterOrigin = (letter: TopicRecord): LetterOrigin | undefined => {
  const partition = numberIn(letter, 'ce_knativekafkapartition');
  const offset = numberIn(letter, 'ce_knativekafkaoffset');
  const topic = originIn(letter) ?? toDeadLetter(letter).topic;
  return topic === undefined || partition === undefined || offset === undefined
    ? undefined
    : { topic, partition, offset };
};

const numberIn = ({ headers }: TopicRecord, name: string): number | undefined => {
  const number = Number.parseInt(String(headers?.[name] ?? ''), 10);
  return Number.isSafeInteger(number) ? number : undefined;
};
