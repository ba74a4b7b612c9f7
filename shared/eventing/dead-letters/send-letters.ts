import type { Message } from 'kafkajs';
import { Unavailable } from '#shared/domain/errors.ts';
import { type KafkaWriter, recordBytes } from '../kafka/kafka-writer.ts';
import type { DeadLetter } from './dead-letter.ts';

/**
 * Letters that are sent together and then committed: as many as a crash in between may send twice.
 */
export const chunkLettersMax = 500;

/** A letter that is not sent, and why. */
export type LeftLetter = Readonly<{ place: string; reason: string }>;

/** The outcome of sending letters: those that Kafka accepted, and those that remain. */
export type Sent = Readonly<{ sent: readonly DeadLetter[]; left: readonly LeftLetter[] }>;

/**
 * Sends letters to the topics that they came from. A letter is not sent if its value was not
 * stored, it is too large for its topic, or its topic is unknown or does not exist.
 * @param toRecord makes the record to send of a letter.
 * @throws Unavailable when Kafka does not take a letter for another reason; others may have been
 * sent then.
 */
export const sendLetters = async (
  writer: Pick<KafkaWriter, 'write'>,
  letters: readonly DeadLetter[],
  toRecord: (letter: DeadLetter) => Message,
): Promise<Sent> => {
  const sent: DeadLetter[] = [];
  const left: LeftLetter[] = [];
  const results = await Promise.all(letters.map((letter) => send(writer, letter, toRecord)));
  results.forEach((reason, index) => {
    const letter = letters[index] as DeadLetter;
    if (reason === undefined) sent.push(letter);
    else left.push({ place: letter.place, reason });
  });
  return { sent, left };
};

/** Returns why the letter stays, if it does. */
const send = async (
  writer: Pick<KafkaWriter, 'write'>,
  letter: DeadLetter,
  toRecord: (letter: DeadLetter) => Message,
): Promise<string | undefined> => {
  const { topic, isValueOmitted } = letter;
  if (isValueOmitted) return 'its value was too large to be stored';
  if (topic === undefined) return 'the topic that it came from is unknown';
  const message = toRecord(letter);
  const [error] = await writer.write([{ topic, message, bytes: recordBytes(message) }]);
  if (error === undefined) return undefined;
  if (!(error instanceof Unavailable)) return `it is too large for ${topic}`;
  if (isTopicMissing(error)) return `the topic ${topic} does not exist`;
  throw error;
};

const isTopicMissing = (error: unknown): boolean =>
  error instanceof Error &&
  (('type' in error && error.type === 'UNKNOWN_TOPIC_OR_PARTITION') || isTopicMissing(error.cause));
