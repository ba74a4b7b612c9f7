import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_EVERY_MS = 100;
const TRIES_MAX = 100;

/** Errors that kafkajs itself calls passing: a coordinator still loading, a partition whose leader has just come back. */
const isPassing = (error: unknown): boolean =>
  error instanceof Error && 'retriable' in error && error.retriable === true;

/** Asks Kafka, and again for up to ten seconds while the answer is that it is not ready, as after a restart. */
export const askPatiently = async <Answer>(
  ask: () => Promise<Answer>,
  triesLeft = TRIES_MAX,
): Promise<Answer> => {
  try {
    return await ask();
  } catch (error) {
    if (triesLeft === 1 || !isPassing(error)) throw error;
  }
  await sleep(RETRY_EVERY_MS);
  return askPatiently(ask, triesLeft - 1);
};
