/** The shape of a count-min sketch: `depth` rows of `width` counters. */
export type SketchGeometry = Readonly<{ width: number; depth: number }>;

/** What a sketch has to tell apart. */
export type SketchTerms = Readonly<{
  /** ε: a count is too high by at most this share of all hits … */
  errorShare: number;
  /** δ: … except with this probability. */
  failureShare: number;
  /** Hits in a window from which a campaign is hot. */
  threshold: number;
  /** Hits in a window, of all campaigns that share the sketch. */
  expectedHits: number;
}>;

/** The error has to be within this share of the threshold, for cold campaigns to stay cold. */
const errorOfThreshold = 0.1;

/** 20 MiB with five rows: where a window needs more, its hits should be split first. */
const widthMax = 2 ** 20;

/**
 * The smallest geometry that keeps to the terms: ⌈e/ε⌉ counters in each of ⌈ln 1/δ⌉ rows. ε is a
 * share of the *total*, so a busy window needs more: where ε times the expected hits is more than a
 * tenth of the threshold, the width is the next power of two from e·N/(0.1·T), and at most 2^20.
 *
 * @see Cormode and Muthukrishnan, An improved data stream summary: the count-min sketch and its
 * applications, Journal of Algorithms 55 (2005), theorem 1
 */
export const geometryOf = (terms: SketchTerms): SketchGeometry => {
  const { errorShare, failureShare, expectedHits } = terms;
  const depth = Math.ceil(Math.log(1 / failureShare));
  const byError = Math.ceil(Math.E / errorShare);
  if (separates({ width: byError, depth }, terms, expectedHits)) return { width: byError, depth };
  return { width: Math.min(widthFor(terms, expectedHits), widthMax), depth };
};

/** The width that a window of so many hits needs, rounded up to a power of two. */
export const widthFor = ({ threshold }: Pick<SketchTerms, 'threshold'>, hits: number): number =>
  2 ** Math.ceil(Math.log2((Math.E * hits) / (errorOfThreshold * threshold)));

/**
 * Whether a sketch distinguishes hot from cold campaigns in a window of so many hits: whether its
 * error is at most a tenth of the threshold.
 */
export const separates = (
  geometry: SketchGeometry,
  { threshold }: Pick<SketchTerms, 'threshold'>,
  hits: number,
): boolean => errorBoundOf(geometry, hits) <= errorOfThreshold * threshold;

/**
 * By how many hits an estimate exceeds the true count at most, except with probability
 * e^−depth: e·N / width.
 */
export const errorBoundOf = ({ width }: SketchGeometry, hits: number): number =>
  (Math.E * hits) / width;
