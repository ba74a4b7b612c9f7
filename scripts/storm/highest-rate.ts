import { type Played, playActions } from './play-actions.ts';
import type { Storm } from './storm-world.ts';

/** The maximum latency of 99 of 100 incentives. */
export const p99MsMax = 100;

const rates = [20, 50, 100, 150, 200, 300, 400, 600, 800, 1_000];

const secondsEach = 10;

/** The highest rate at which frames are in time, or the lowest rate if there is none. */
export const highestRate = async (
  storm: Storm,
  show: (what: string, played: Played) => void,
): Promise<number> => {
  let highest = rates[0] ?? 1;
  for (const ratePerSecond of rates) {
    const played = await playActions(storm, { ratePerSecond, seconds: secondsEach });
    show('search', played);
    if (played.p99 > p99MsMax) break;
    highest = ratePerSecond;
  }
  return highest;
};
