import { setTimeout as sleep } from 'node:timers/promises';

const RETRY_EVERY_MS = 100;
const PATIENCE_MS = 10_000;

/**
 * Errors that kafkajs itself calls retriable: a coordinator that is still loading, a partition
 * whose leader has just changed.
 */
const isPassing = (error: unknown): boolean =>
  error instanceof Error && 'retriable' in error && error.retriable === true;

/**
 * Calls Kafka, and retries for up to ten seconds while it responds that it is not ready, as after a
 * restart.
 */
export const retryUntilReady = async <Answer>(
  ask: () => Promise<Answer>,
  deadline = performance.now() + PATIENCE_MS,
): Promise<Answer> => {
  try {
    return await ask();
  } catch (error) {
    if (performance.now() >= deadline || !isPassing(error)) throw error;
  }
  await sleep(RETRY_EVERY_MS);
  return retryUntilReady(ask, deadline);
};
