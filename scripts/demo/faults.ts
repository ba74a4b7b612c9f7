import type { Platform } from '../platform/start-platform.ts';

type Fault = Readonly<{
  /** Share of the orders that are answered when it occurs. */
  at: number;
  what: string;
  strike: (platform: Platform) => Promise<unknown>;
}>;

const faults: readonly Fault[] = [
  {
    at: 0.2,
    what: 'kill -9 of award-points',
    strike: ({ knative }) => {
      knative.kill('award-points', 'SIGKILL');
      return Promise.resolve();
    },
  },
  {
    at: 0.4,
    what: 'kill -9 of Redis, then a restart',
    strike: async ({ services: { redis } }) => {
      await redis.server?.kill();
      await redis.server?.start();
    },
  },
  {
    at: 0.6,
    what: 'kill -9 of Postgres, then a restart',
    strike: async ({ services: { postgres } }) => {
      await postgres.server?.kill();
      await postgres.server?.start();
    },
  },
  {
    at: 0.8,
    what: 'Kafka stopped, then restarted',
    strike: async ({ services: { kafka } }) => {
      await kafka.server?.stop();
      await kafka.server?.start();
    },
  },
];

/**
 * Injects one fault after the other while orders stream, but none into servers that were given by
 * URL.
 */
export const faultsAlong = (platform: Platform, total: number, log: (what: string) => void) => {
  const pending = [...faults];
  let striking: Promise<unknown> = Promise.resolve();
  return {
    /** Receives the number of answered orders. */
    progress: (answered: number): void => {
      const [next] = pending;
      if (next === undefined || answered < next.at * total) return;
      pending.shift();
      striking = striking.then(() => {
        log(next.what);
        return next.strike(platform);
      });
    },
    /** Resolves once all faults are over; those that no remaining order triggered are skipped. */
    over: async (): Promise<void> => {
      await striking;
      for (const { what } of pending)
        log(`skipped, because all orders had already been processed: ${what}`);
    },
  };
};
