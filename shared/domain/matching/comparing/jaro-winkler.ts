/** A prefix of more units than this counts no further. */
const prefixMax = 4;
/** How much each unit of a common prefix takes from the distance to 1. */
const prefixScale = 0.1;
/** Strings that agree no better than this get no bonus for their prefix. */
const boostThreshold = 0.7;

/** Units of a string that fit the bits of a number. */
const bits = 32;

/**
 * For each code unit, at which positions of the pattern it occurs; all zero between calls. Plain
 * arrays: once a process has detached any buffer, V8 checks each access to typed ones.
 */
const positionsOf = Array.from({ length: 0x1_0000 }, () => 0);
const patternUnits = Array.from({ length: bits }, () => 0);
/** The units of the text that matched, in order. */
const matchedUnits = Array.from({ length: bits }, () => 0);

/**
 * Looked up once, not in each call: after any module has declared a class that extends String, as
 * ioredis does, V8 looks up `text.charCodeAt` at a fifth of the speed (Node 24, V8 13.6).
 */
const { charCodeAt } = String.prototype as Readonly<{
  charCodeAt: (this: string, at: number) => number;
}>;
const unitAt = (text: string, at: number): number => charCodeAt.call(text, at);

const note = (pattern: string): void => {
  for (let at = 0; at < pattern.length; at += 1) {
    const unit = unitAt(pattern, at);
    patternUnits[at] = unit;
    (positionsOf[unit] as number) |= 1 << at;
  }
};

const forget = (length: number): void => {
  for (let at = 0; at < length; at += 1) positionsOf[patternUnits[at] as number] = 0;
};

/**
 * The similarity of two strings by Jaro and Winkler, from 0 to 1: 1 for equal ones, also for two
 * empty ones. It counts UTF-16 code units; fold strings before you compare them.
 *
 * Two units match when they are equal and at most ⌊max/2⌋ − 1 positions apart; with m matches, of
 * which 2t are out of order, Jaro's similarity is (m/|a| + m/|b| + (m − ⌊t⌋)/m) / 3. Above 0.7, as
 * in Winkler's strcmp95.c, each of up to four units of a common prefix adds a tenth of what is
 * missing to 1. Up to 32 units, a search for a match is one operation on bits; beyond, the cost is
 * the product of the lengths.
 *
 * @see Winkler, String comparator metrics and enhanced decision rules in the Fellegi-Sunter model
 * of record linkage, Proceedings of the Section on Survey Research Methods (1990)
 * @see Hyyrö, Bit-parallel approximate string matching (2003), for the bits
 */
export const jaroWinkler = (a: string, b: string): number => {
  if (a.length > bits || b.length > bits) return boosted(jaroOfLong(a, b), a, b);
  note(b);
  const jaro = jaroOfNoted(a, b);
  forget(b.length);
  return boosted(jaro, a, b);
};

/**
 * The similarity of one string to each of many, in their order: as {@link jaroWinkler}, but the one
 * string is prepared once.
 */
export const jaroWinklerToMany = (one: string, many: readonly string[]): Float64Array => {
  const similarities = new Float64Array(many.length);
  const isShort = one.length <= bits;
  if (isShort) note(one);
  for (let index = 0; index < many.length; index += 1) {
    const other = many[index] as string;
    const jaro = isShort && other.length <= bits ? jaroOfNoted(other, one) : jaroOfLong(other, one);
    similarities[index] = boosted(jaro, other, one);
  }
  if (isShort) forget(one.length);
  return similarities;
};

const boosted = (jaro: number, a: string, b: string): number => {
  if (jaro <= boostThreshold) return jaro;
  const limit = Math.min(prefixMax, a.length, b.length);
  let prefix = 0;
  while (prefix < limit && unitAt(a, prefix) === unitAt(b, prefix)) prefix += 1;
  return jaro + prefix * prefixScale * (1 - jaro);
};

const windowOf = (a: string, b: string): number =>
  Math.max(0, (Math.max(a.length, b.length) >> 1) - 1);

type Matching = Readonly<{ matches: number; outOfOrder: number }>;

const jaroFrom = ({ matches, outOfOrder }: Matching, a: string, b: string): number =>
  matches === 0
    ? Number(a.length + b.length === 0)
    : (matches / a.length + matches / b.length + (matches - (outOfOrder >> 1)) / matches) / 3;

/** Jaro's similarity where the positions of the pattern are noted. */
const jaroOfNoted = (text: string, pattern: string): number => {
  const window = windowOf(text, pattern);
  let near = 2 ** (window + 1) - 1;
  let taken = 0;
  let matches = 0;
  for (let at = 0; at < text.length; at += 1) {
    const unit = unitAt(text, at);
    const free = (positionsOf[unit] as number) & near & ~taken;
    // The lowest bit is the first match.
    taken |= free & -free;
    matchedUnits[matches] = unit;
    matches += (free | -free) >>> 31;
    near = (near << 1) | (at < window ? 1 : 0);
  }
  let outOfOrder = 0;
  for (let match = 0; match < matches; match += 1) {
    const lowest = 31 - Math.clz32(taken & -taken);
    if (patternUnits[lowest] !== matchedUnits[match]) outOfOrder += 1;
    taken &= taken - 1;
  }
  return jaroFrom({ matches, outOfOrder }, text, pattern);
};

/** Jaro's similarity of strings of any length. */
const jaroOfLong = (text: string, pattern: string): number => {
  const taken = new Uint8Array(pattern.length);
  const matching = matchLong(text, pattern, taken);
  let match = 0;
  let outOfOrder = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    if (taken[at] === 0) continue;
    if (unitAt(pattern, at) !== matching[match]) outOfOrder += 1;
    match += 1;
  }
  return jaroFrom({ matches: match, outOfOrder }, text, pattern);
};

/** The units of the text that match, in order; notes which of the pattern they take. */
const matchLong = (text: string, pattern: string, taken: Uint8Array): readonly number[] => {
  const window = windowOf(text, pattern);
  const matching: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const unit = unitAt(text, at);
    const end = Math.min(pattern.length, at + window + 1);
    let other = Math.max(0, at - window);
    while (other < end && (taken[other] === 1 || unitAt(pattern, other) !== unit)) other += 1;
    if (other === end) continue;
    taken[other] = 1;
    matching.push(unit);
  }
  return matching;
};
