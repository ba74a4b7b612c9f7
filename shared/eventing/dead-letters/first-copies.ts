import type { DeadLetter } from './dead-letter.ts';

type Copy = Pick<DeadLetter, 'letterId' | 'offset'>;

/** Finds the first copy of each letter of a partition, in the order of their offsets. */
export type FirstCopies = Readonly<{
  isFirst: (letter: Copy) => boolean;
  /** The offset of the first copy. */
  offsetOf: (letter: Copy) => number;
}>;

/** Copies are written within minutes of each other, so only the latest letters are remembered. */
export const firstCopies = (lettersMax = 100_000): FirstCopies => {
  const offsets = new Map<string, number>();

  const offsetOf = ({ letterId, offset }: Copy): number => {
    const first = offsets.get(letterId);
    if (first !== undefined) return first;
    offsets.set(letterId, offset);
    const [oldest] = offsets.keys();
    if (offsets.size > lettersMax && oldest !== undefined) offsets.delete(oldest);
    return offset;
  };
  return { offsetOf, isFirst: (letter) => offsetOf(letter) === letter.offset };
};
