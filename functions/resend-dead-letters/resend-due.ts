import type { Pace } from '#shared/domain/dead-letters/plan-resend.ts';
import { slices } from '#shared/domain/slices.ts';
import { type DeadLetter, toRecord } from '#shared/eventing/dead-letters/dead-letter.ts';
import type { HandledLetters } from '#shared/eventing/dead-letters/handled-letters.ts';
import { nextHistory } from '#shared/eventing/dead-letters/resend-history.ts';
import { resendPlan } from '#shared/eventing/dead-letters/resend-plan.ts';
import { chunkLettersMax, sendLetters } from '#shared/eventing/dead-letters/send-letters.ts';
import type {
  Letters,
  WalkOptions,
  WalkOutcome,
} from '#shared/eventing/dead-letters/walk-letters.ts';
import type { KafkaWriter } from '#shared/eventing/kafka/kafka-writer.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { leftTotal, oldestDueSeconds, resentTotal } from './metrics.ts';

export type ResendDependencies = Readonly<{
  /** Walks through the letters that the group of a pace has not handled. */
  walk: (
    pace: Pace,
    options: Pick<WalkOptions, 'writtenBefore' | 'signal' | 'visit'>,
  ) => Promise<WalkOutcome>;
  /** Which letters an operator has sent or dropped, by partition. */
  handledByHand: () => Promise<ReadonlyMap<number, HandledLetters>>;
  writer: Pick<KafkaWriter, 'write'>;
  /** How long after it was written a letter is due, in milliseconds. */
  delayMs: Readonly<Record<Pace, number>>;
  clock: Clock;
  log: Logger;
  /** Ends the run after the chunk that is being sent. */
  signal: AbortSignal;
}>;

/** Sends what is due at either pace. @throws what Kafka's client throws, and Unavailable. */
export const resendDue = async (dependencies: ResendDependencies): Promise<WalkOutcome> => {
  const byHand = await dependencies.handledByHand();
  const isUntouched = ({ partition, offset }: DeadLetter): boolean =>
    byHand.get(partition)?.has(offset) !== true;
  const soon = await resendAt('soon', isUntouched, dependencies);
  return soon === 'done' ? resendAt('later', isUntouched, dependencies) : soon;
};

const resendAt = async (
  pace: Pace,
  isUntouched: (letter: DeadLetter) => boolean,
  dependencies: ResendDependencies,
): Promise<WalkOutcome> => {
  const { walk, delayMs, clock, signal } = dependencies;
  const writtenBefore = new Date(clock().getTime() - delayMs[pace]);
  let oldestDueMs = 0;
  const visit = async (fetched: Letters): Promise<void> => {
    const untouched = fetched.letters.filter(isUntouched);
    // Both paces read all letters; the first one counts those that wait for an operator.
    if (pace === 'soon') countLeft(untouched);
    const due = untouched.filter((letter) => resendPlan(letter) === pace);
    for (const { at } of due)
      oldestDueMs = Math.max(oldestDueMs, writtenBefore.getTime() - at.getTime());
    const isDue = new Set(due);
    for (const letter of fetched.letters)
      if (!isDue.has(letter)) fetched.handled.add(letter.offset);
    await resend(due, fetched, dependencies);
    await fetched.commit();
  };
  const outcome = await walk(pace, { writtenBefore, signal, visit });
  if (outcome !== 'busy') oldestDueSeconds.set({ pace }, oldestDueMs / 1_000);
  return outcome;
};

const countLeft = (letters: readonly DeadLetter[]): void => {
  for (const letter of letters) {
    const reason = resendPlan(letter);
    if (reason !== 'soon' && reason !== 'later') leftTotal.inc({ reason });
  }
};

/**
 * Sends letters chunk by chunk, each committed once Kafka has acknowledged it, until all are sent
 * or time is over.
 */
const resend = async (
  due: readonly DeadLetter[],
  { handled, commit, heartbeat }: Letters,
  { writer, signal, log }: ResendDependencies,
): Promise<void> => {
  for (const chunk of slices(due, chunkLettersMax)) {
    if (signal.aborted) return;
    const { sent, left } = await sendLetters(writer, chunk, (letter) =>
      toRecord(letter, nextHistory(letter)),
    );
    for (const { topic = '' } of sent) resentTotal.inc({ topic });
    for (const letter of left) {
      leftTotal.inc({ reason: 'unsendable' });
      log.error(letter, 'a dead letter could not be resent');
    }
    for (const { offset } of chunk) handled.add(offset);
    await commit();
    await heartbeat();
  }
};
