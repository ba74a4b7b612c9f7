import { setTimeout as sleep } from 'node:timers/promises';

type Patience = Readonly<{ timeoutMs: number; everyMs?: number }>;

/**
 * Polls until the condition is true; returns false on timeout. An answer that throws counts as "not
 * yet".
 */
export const eventually = async (
  isTrue: () => boolean | Promise<boolean>,
  { timeoutMs, everyMs = 50 }: Patience,
): Promise<boolean> => {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    if (await Promise.try(isTrue).catch(() => false)) return true;
    await sleep(everyMs);
  }
  return false;
};
