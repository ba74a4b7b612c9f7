import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import { slices } from '#shared/domain/slices.ts';
import { redriveGroup } from '#shared/eventing/dead-letters/consumer-groups.ts';
import { type DeadLetter, toRecord } from '#shared/eventing/dead-letters/dead-letter.ts';
import {
  chunkLettersMax,
  type LeftLetter,
  type Sent,
  sendLetters,
} from '#shared/eventing/dead-letters/send-letters.ts';
import {
  type Letters,
  type Place,
  walkLetters,
} from '#shared/eventing/dead-letters/walk-letters.ts';
import type { KafkaWriter } from '#shared/eventing/kafka/kafka-writer.ts';

/** The outcome for the selected letters. */
export type Outcome = Readonly<{
  /** Sent again, by topic. */
  sent: ReadonlyMap<string, number>;
  dropped: number;
  left: readonly LeftLetter[];
}>;

type Options = Readonly<{
  kafka: Kafka;
  writer: KafkaWriter;
  /** The topic of the letters. */
  topic: string;
  act: 'send' | 'drop';
  isWanted: (letter: DeadLetter) => boolean;
  /** This letter only. */
  only?: Place | undefined;
  /** Changes nothing, and counts what it would do. */
  isDryRun?: boolean | undefined;
  /** Letters a second at most. */
  ratePerSecond?: number | undefined;
}>;

/**
 * Sends letters to the topics that they came from, or drops them: each once, also over several
 * runs, as the consumer group remembers what is done. It records a chunk after Kafka has accepted
 * it: a run that dies in between sends that chunk again, which is safe, because consumers recognize
 * duplicates. Letters that cannot be sent stay.
 * @throws Error when another process handles letters of the same topic.
 */
export const handleLetters = async (options: Options): Promise<Outcome> => {
  const { kafka, writer, topic, act, isWanted, only } = options;
  const { isDryRun = false, ratePerSecond = Infinity } = options;
  const outcome = { sent: new Map<string, number>(), dropped: 0, left: [] as LeftLetter[] };

  const handle = async (chunk: readonly DeadLetter[]): Promise<readonly DeadLetter[]> => {
    if (act === 'drop') {
      outcome.dropped += chunk.length;
      return chunk;
    }
    const { sent, left } = isDryRun
      ? assumeSent(chunk)
      : await sendLetters(writer, chunk, (letter) => toRecord(letter));
    for (const { topic = '' } of sent) outcome.sent.set(topic, (outcome.sent.get(topic) ?? 0) + 1);
    outcome.left.push(...left);
    return sent;
  };

  const visit = async ({ letters, handled, commit, heartbeat }: Letters): Promise<void> => {
    const itemsMax = Math.max(1, Math.floor(Math.min(chunkLettersMax, ratePerSecond)));
    for (const chunk of slices(letters.filter(isWanted), itemsMax)) {
      const done = await handle(chunk);
      for (const { offset } of isDryRun ? [] : done) handled.add(offset);
      await commit();
      await heartbeat();
      await sleep(isDryRun ? 0 : (chunk.length / ratePerSecond) * 1_000);
    }
  };

  try {
    const groupId = redriveGroup(topic);
    if (
      (await walkLetters({ kafka, topic, groupId, only, isHandling: !isDryRun, visit })) === 'busy'
    )
      throw new Error(
        `Another redrive is running in the consumer group ${groupId}; if it was killed, try again in ten seconds`,
      );
  } finally {
    await writer.close();
  }
  return outcome;
};

const assumeSent = (letters: readonly DeadLetter[]): Sent => ({
  sent: letters.filter(({ topic }) => topic !== undefined),
  left: [],
});
