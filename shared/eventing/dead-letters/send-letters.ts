import type { Producer } from 'kafkajs';
import { type DeadLetter, toRecord } from './dead-letter.ts';

/** A letter that stays, and why. */
export type LeftLetter = Readonly<{ place: string; reason: string }>;

/** What became of letters: those that Kafka has taken, and those that stay. */
export type Sent = Readonly<{ sent: readonly DeadLetter[]; left: readonly LeftLetter[] }>;

const isTooLarge = (error: unknown): boolean =>
  error instanceof Error &&
  (('type' in error && error.type === 'MESSAGE_TOO_LARGE') || isTooLarge(error.cause));

const join = (parts: readonly Sent[]): Sent => ({
  sent: parts.flatMap(({ sent }) => sent),
  left: parts.flatMap(({ left }) => left),
});

/**
 * Sends letters to the topics that they came from, in one request for each topic; where that is too large for the topic, one by one.
 * @throws what kafkajs throws when Kafka takes none of them for another reason.
 */
export const sendLetters = async (
  producer: Producer,
  letters: readonly DeadLetter[],
): Promise<Sent> => {
  const { true: cut = [], false: whole = [] } = Object.groupBy(
    letters,
    (letter) => `${letter.isValueOmitted}`,
  );
  const parts = [leave(cut, 'its value was too large to be stored')];
  for (const [topic, group] of Map.groupBy(whole, (letter) => letter.topic))
    parts.push(
      topic === undefined
        ? leave(group, 'the topic that it came from is unknown')
        : await sendTo(producer, topic, group),
    );
  return join(parts);
};

const leave = (letters: readonly DeadLetter[], reason: string): Sent => ({
  sent: [],
  left: letters.map(({ place }) => ({ place, reason })),
});

const sendTo = async (
  producer: Producer,
  topic: string,
  letters: readonly DeadLetter[],
): Promise<Sent> => {
  try {
    await producer.send({ topic, acks: -1, messages: letters.map(toRecord) });
    return { sent: letters, left: [] };
  } catch (error) {
    if (!isTooLarge(error)) throw error;
  }
  if (letters.length === 1) return leave(letters, `it is too large for ${topic}`);
  const parts: Sent[] = [];
  for (const letter of letters) parts.push(await sendTo(producer, topic, [letter]));
  return join(parts);
};
