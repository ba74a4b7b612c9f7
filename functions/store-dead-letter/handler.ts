import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { isTransient } from '#shared/domain/dead-letters/is-transient.ts';
import { InvalidEvent, Unavailable } from '#shared/domain/errors.ts';
import {
  type LetterRecord,
  originIn,
  toLetterRecord,
  valueOmittedHeader,
  withoutValue,
} from '#shared/eventing/dead-letters/letter-record.ts';
import { withoutCards } from '#shared/eventing/dead-letters/without-cards.ts';
import { type KafkaWriter, recordBytes } from '#shared/eventing/kafka/kafka-writer.ts';
import { sendAnswer } from '#shared/runtime/http/answer.ts';
import type { HttpFunction } from '#shared/runtime/http/http-function.ts';
import { HttpProblem, logProblem, sendProblem, toProblem } from '#shared/runtime/http/problem.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { readBody, releaseBody, requirePost } from '#shared/runtime/read-body.ts';
import { deadLettersStoredTotal, deadLetterValuesOmittedTotal } from './metrics.ts';

type Dependencies = Readonly<{
  writer: Pick<KafkaWriter, 'write'>;
  /** The topic that keeps the letters. */
  topic: string;
  /** How long a request waits for Kafka while it is unavailable, in milliseconds. */
  patienceMs: number;
  log: Logger;
}>;

/** Between two attempts to write a letter, in milliseconds. */
const pauseMs = 1_000;

/**
 * Stores every event that is sent to it and could not be delivered, and answers 204 once all
 * in-sync replicas of Kafka have it. It refuses no event, because Knative drops events that its
 * dead-letter sink refuses; an event whose value is too large is stored without it. While Kafka is
 * unavailable it waits, and then answers 503: the dispatcher repeats the request a limited number
 * of times, so each attempt that lasts adds to the outage that a letter survives. Repeats of an
 * event that is being stored share one record.
 */
export const storeDeadLetters = (dependencies: Dependencies): HttpFunction => {
  const { log } = dependencies;
  const storing = new Map<string, Promise<void>>();

  const storeOnce = (letter: LetterRecord): Promise<void> => {
    const { key } = letter;
    const stored =
      storing.get(key) ?? store(letter, dependencies).finally(() => storing.delete(key));
    storing.set(key, stored);
    return stored;
  };

  return async (request, response) => {
    try {
      requirePost(request);
      await storeOnce(await letterIn(request));
      sendAnswer(response, { status: 204, headers: {}, body: '' });
    } catch (error) {
      const problem = toProblem(error);
      logProblem(log.child({ path: request.url, id: request.headers['ce-id'] }), problem, error);
      sendProblem(response, problem);
    } finally {
      releaseBody(request);
    }
  };
};

const letterIn = async (request: IncomingMessage): Promise<LetterRecord> => {
  const { url: path = '/', headers } = request;
  try {
    return withoutCards(toLetterRecord({ path, headers, body: await readBody(request) }));
  } catch (error) {
    if (!isTooLarge(error)) throw error;
    return withoutValue(toLetterRecord({ path, headers, body: Buffer.alloc(0) }));
  }
};

const isTooLarge = (error: unknown): boolean =>
  error instanceof HttpProblem && error.status === 413;

/** @throws Unavailable when Kafka does not have the letter in time. */
const store = (letter: LetterRecord, dependencies: Dependencies): Promise<void> => {
  const giveUpAt = performance.now() + dependencies.patienceMs;
  const attempt = async (): Promise<void> => {
    try {
      await storeWhatFits(letter, dependencies);
    } catch (error) {
      if (performance.now() >= giveUpAt) throw error;
      await sleep(pauseMs);
      await attempt();
    }
  };
  return attempt();
};

/** @throws Unavailable when Kafka does not have it afterwards, for whatever reason. */
const storeWhatFits = async (letter: LetterRecord, dependencies: Dependencies): Promise<void> => {
  const refused = await write(letter, dependencies);
  if (refused === undefined) return;
  const again = await write(withoutValue(letter), dependencies);
  if (again !== undefined) throw new Unavailable('kafka', again.message, { cause: again });
};

/**
 * Returns why Kafka refuses the letter, if it does.
 * @throws Unavailable when writing it again may succeed.
 */
const write = async (
  letter: LetterRecord,
  { writer, topic, log }: Dependencies,
): Promise<InvalidEvent | undefined> => {
  const [error] = await writer.write([{ topic, message: letter, bytes: recordBytes(letter) }]);
  if (error instanceof InvalidEvent) return error;
  if (error !== undefined) throw error;
  const origin = originIn(letter) ?? 'unknown';
  deadLettersStoredTotal.inc({ origin, reason: reasonOf(letter) });
  if (letter.headers[valueOmittedHeader] === undefined) return undefined;
  log.error({ key: letter.key }, 'stored a dead letter without its value, which is too large');
  deadLetterValuesOmittedTotal.inc({ origin });
  return undefined;
};

const reasonOf = ({ headers }: LetterRecord): 'transient' | 'refused' => {
  const status = headers['ce_knativeerrorcode'];
  return isTransient(status === undefined ? undefined : Number(status)) ? 'transient' : 'refused';
};
