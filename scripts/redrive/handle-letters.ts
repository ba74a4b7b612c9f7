import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka } from 'kafkajs';
import type { DeadLetter } from '#shared/eventing/dead-letters/dead-letter.ts';
import { inChunks } from '#shared/eventing/dead-letters/in-chunks.ts';
import {
  type LeftLetter,
  type Sent,
  sendLetters,
} from '#shared/eventing/dead-letters/send-letters.ts';
import {
  type Letters,
  type Place,
  walkLetters,
} from '#shared/eventing/dead-letters/walk-letters.ts';

/** What became of the letters that were wanted. */
export type Outcome = Readonly<{
  /** Sent again, by topic. */
  sent: ReadonlyMap<string, number>;
  dropped: number;
  left: readonly LeftLetter[];
}>;

type Options = Readonly<{
  kafka: Kafka;
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

/** Far below the megabyte that a broker takes of one partition in one request. */
const BYTES_MAX = 512 * 1_024;
const ITEMS_MAX = 500;

/** About what a record takes of a request. */
const bytesOf = ({ key, value, attributes }: DeadLetter): number =>
  100 +
  (value?.length ?? 0) +
  Buffer.byteLength(key ?? '') +
  Object.entries(attributes).reduce((sum, [name, text]) => sum + name.length + text.length + 8, 0);

/**
 * Sends letters to the topics that they came from, or drops them: each once, also over several runs, as the consumer group remembers what
 * is done. It remembers a chunk after Kafka has taken it: a run that dies in between sends that chunk again, which is safe, as consumers
 * find what was done. Letters that cannot be sent stay.
 */
export const handleLetters = async (options: Options): Promise<Outcome> => {
  const { kafka, topic, act, isWanted, only, isDryRun = false, ratePerSecond = Infinity } = options;
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1 });
  const outcome = { sent: new Map<string, number>(), dropped: 0, left: [] as LeftLetter[] };
  const limits = { itemsMax: Math.min(ITEMS_MAX, ratePerSecond), bytesMax: BYTES_MAX };

  const handle = async (chunk: readonly DeadLetter[]): Promise<readonly DeadLetter[]> => {
    if (act === 'drop') {
      outcome.dropped += chunk.length;
      return chunk;
    }
    const { sent, left } = isDryRun ? assumeSent(chunk) : await sendLetters(producer, chunk);
    for (const { topic = '' } of sent) outcome.sent.set(topic, (outcome.sent.get(topic) ?? 0) + 1);
    outcome.left.push(...left);
    return sent;
  };

  const visit = async ({ letters, handled, commit, heartbeat }: Letters): Promise<void> => {
    for (const chunk of inChunks(letters.filter(isWanted), bytesOf, limits)) {
      const done = await handle(chunk);
      for (const { offset } of isDryRun ? [] : done) handled.add(offset);
      await commit();
      await heartbeat();
      await sleep(isDryRun ? 0 : (chunk.length / ratePerSecond) * 1_000);
    }
  };

  try {
    if (act === 'send' && !isDryRun) await producer.connect();
    await walkLetters({ kafka, topic, only, isHandling: !isDryRun, visit });
  } finally {
    await producer.disconnect();
  }
  return outcome;
};

const assumeSent = (letters: readonly DeadLetter[]): Sent => ({
  sent: letters.filter(({ topic }) => topic !== undefined),
  left: [],
});
