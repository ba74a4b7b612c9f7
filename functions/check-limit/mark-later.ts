import type { Logger } from '#shared/runtime/log.ts';
import type { IncentiveLog } from '#shared/stores/postgres/incentive-log.ts';

type Marks = Parameters<IncentiveLog['markPublished']>[0];

type Marker = Readonly<{
  /** Takes events that were published, and returns before they are marked unless too many wait. */
  markPublished: IncentiveLog['markPublished'];
  /** Resolves when nothing waits to be marked. */
  idle: () => Promise<void>;
}>;

type Options = Readonly<{
  log: Logger;
  /** Events marked by one statement. */
  marksMax?: number;
  /** Events that wait before `markPublished` waits, too. */
  waitingMax?: number;
}>;

/**
 * Marks events as published one statement after the other, while what brought them is acknowledged. An event that is not marked, because
 * Postgres was unavailable or the process died, is published again by reconcile-rewards.
 */
export const markLater = (
  { markPublished }: Pick<IncentiveLog, 'markPublished'>,
  { log, marksMax = 1_000, waitingMax = 10_000 }: Options,
): Marker => {
  const waiting: Marks[number][] = [];
  let running: Promise<void> | undefined;
  const markAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      await markPublished(waiting.splice(0, marksMax)).catch((error: unknown) =>
        log.warn({ err: error }, 'events were published and could not be marked'),
      );
    }
    running = undefined;
  };
  return {
    markPublished: async (marks) => {
      if (marks.length === 0) return;
      waiting.push(...marks);
      running ??= markAll();
      if (waiting.length > waitingMax) await running;
    },
    idle: async () => running,
  };
};
