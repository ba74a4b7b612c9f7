import type { Logger } from '../log.ts';

type Mark<Item> = (published: readonly Item[]) => Promise<void>;

type Marker<Item> = Readonly<{
  /** Takes what was published, and returns before it is marked unless too much waits. */
  mark: Mark<Item>;
  /** Resolves when nothing waits to be marked. */
  idle: () => Promise<void>;
}>;

type Options = Readonly<{
  log: Logger;
  /** Events marked by one statement. */
  marksMax?: number;
  /** Events that wait before `mark` waits, too. */
  waitingMax?: number;
}>;

/**
 * Marks events as published one statement after the other, while what brought them is acknowledged.
 * An event that is not marked, because Postgres was unavailable or the process died, is published
 * again by reconcile-rewards.
 */
export const markLater = <Item>(
  mark: Mark<Item>,
  { log, marksMax = 1_000, waitingMax = 10_000 }: Options,
): Marker<Item> => {
  const waiting: Item[] = [];
  let running: Promise<void> | undefined;
  const markAll = async (): Promise<void> => {
    while (waiting.length > 0) {
      await mark(waiting.splice(0, marksMax)).catch((error: unknown) =>
        log.warn({ err: error }, 'events were published and could not be marked'),
      );
    }
    running = undefined;
  };
  return {
    mark: async (published) => {
      if (published.length === 0) return;
      waiting.push(...published);
      running ??= markAll();
      if (waiting.length > waitingMax) await running;
    },
    idle: async () => running,
  };
};
