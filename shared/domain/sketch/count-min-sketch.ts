import type { SketchGeometry } from './sketch-geometry.ts';

/**
 * A column in each row of a sketch: where the hits of one item are counted. Columns of different
 * rows come from independent hashes.
 */
export type SketchColumns = readonly number[];

/**
 * The largest count: counters have 16 bits and stay there, as BITFIELD with OVERFLOW SAT does. A
 * threshold above it would never be reached.
 */
export const countMax = 2 ** 16 - 1;

/**
 * A count-min sketch: counts how often items occurred, in memory that does not depend on how many
 * there are. It is the twin of the one in Redis.
 *
 * With w columns, d rows and N hits in all, an estimate is never below the true count, or below
 * {@link countMax} if that is less, and above it by more than e·N/w with probability e^−d at most,
 * for any stream. Adding and estimating take d
 * steps; the memory is 2·w·d bytes. Adding commutes, so any order of hits, and any split of them
 * over several writers, gives the same sketch.
 *
 * @see Cormode and Muthukrishnan, An improved data stream summary: the count-min sketch and its
 * applications, Journal of Algorithms 55 (2005)
 */
export class CountMinSketch {
  private readonly width: number;
  private readonly counts: Uint16Array;

  constructor({ width, depth }: SketchGeometry) {
    this.width = width;
    this.counts = new Uint16Array(width * depth);
  }

  /** Counts hits of an item. */
  add(columns: SketchColumns, hits: number): void {
    for (const [row, column] of columns.entries()) {
      const cell = row * this.width + column;
      this.counts[cell] = Math.min((this.counts[cell] ?? 0) + hits, countMax);
    }
  }

  /** How often an item occurred, at least. */
  estimate(columns: SketchColumns): number {
    return Math.min(...columns.map((column, row) => this.counts[row * this.width + column] ?? 0));
  }
}
