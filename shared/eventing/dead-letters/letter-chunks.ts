import type { DeadLetter } from './dead-letter.ts';

/**
 * Letters that are sent together and then committed: as many as a crash in between may send twice.
 */
export const chunkLettersMax = 500;

/** Cuts letters into chunks, in order. */
export function* letterChunks(
  letters: readonly DeadLetter[],
  itemsMax = chunkLettersMax,
): Generator<readonly DeadLetter[]> {
  for (let start = 0; start < letters.length; start += itemsMax)
    yield letters.slice(start, start + itemsMax);
}
