import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from './log.ts';

/** Prepares something that the first request would have to wait for, such as a connection. */
export type Warmer = () => Promise<unknown>;

type Options = Readonly<{ log: Logger; withinMs?: number }>;

/**
 * Runs all warmers at once before a function is ready, so that no request waits for connections to
 * be opened. Resolves when they have ended or timed out, whether or not they succeeded: if a
 * service is unavailable now, the first request that needs it connects.
 */
export const warmUp = async (
  warmers: readonly Warmer[],
  { log, withinMs = 2_000 }: Options,
): Promise<void> => {
  const over = new AbortController();
  const timeOver = sleep(withinMs, undefined, { signal: over.signal }).catch(() => undefined);
  const ended = Promise.all(
    warmers.map((warmer) =>
      warmer().catch((error: unknown) => log.warn({ err: error }, 'started without a connection')),
    ),
  );
  await Promise.race([ended, timeOver]);
  over.abort();
};
