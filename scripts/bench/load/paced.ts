import { setTimeout as sleep } from 'node:timers/promises';

type Pace = Readonly<{
  count: number;
  ratePerSecond: number;
  /**
   * Sends what became due since the last call; `dueAt` is the start of that interval, in
   * milliseconds of performance.now().
   */
  send: (from: number, to: number, dueAt: (index: number) => number) => void;
}>;

/** Sends at fixed instants, however slow the answers are. Resolves when everything is sent. */
export const paced = async ({ count, ratePerSecond, send }: Pace): Promise<void> => {
  const startedAt = performance.now();
  const dueAt = (index: number): number => startedAt + (index * 1_000) / ratePerSecond;
  for (let sent = 0; ; ) {
    const elapsedMs = performance.now() - startedAt;
    const due = Math.min(count, Math.floor((elapsedMs * ratePerSecond) / 1_000) + 1);
    if (due > sent) send(sent, due, dueAt);
    sent = due;
    if (sent === count) return;
    await sleep(Math.max(1, dueAt(due) - performance.now()));
  }
};
