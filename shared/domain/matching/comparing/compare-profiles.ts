import type { TermFrequencies } from '../models/term-frequencies.ts';
import type { Profile } from '../profile.ts';
import { compareNames } from './compare-names.ts';
import {
  type Comparison,
  closeFrom,
  type Field,
  type Level,
  nearFrom,
  sharedFrom,
} from './comparison.ts';
import { isOneEdit } from './is-one-edit.ts';
import { jaroWinkler } from './jaro-winkler.ts';

/**
 * Compares two records field by field; a field that one of them lacks is left out. The order of the
 * two makes no difference.
 */
export const compareProfiles = (
  a: Profile,
  b: Profile,
  frequencies?: TermFrequencies,
): Comparison => {
  const comparison: Partial<Record<Field, Level>> = {};
  if (a.name && b.name) comparison.name = compareNames(a.name, b.name, frequencies);
  if (a.address && b.address) comparison.address = compareAddresses(a.address, b.address);
  for (const [field, isNear] of textFields) {
    const level = compareTexts(a[field], b[field], isNear);
    if (level) comparison[field] = level;
  }
  return comparison;
};

type IsNear = (a: string, b: string) => boolean;

const compareTexts = (a: string | undefined, b: string | undefined, isNear: IsNear) => {
  if (a === undefined || b === undefined) return undefined;
  if (a === b) return 'exact';
  return isNear(a, b) ? 'near' : 'differs';
};

/** A digit is wrong, two are swapped, or day and month are. */
const isNearDate = (a: string, b: string): boolean => {
  const [year, month, day] = a.split('-');
  return `${year}-${day}-${month}` === b || isOneEdit(a, b);
};

const isNearEmail = (a: string, b: string): boolean =>
  isOneEdit(a, b) && jaroWinkler(a, b) >= nearFrom;

/** When different values are near. */
const textFields = [
  ['phone', isOneEdit],
  ['email', isNearEmail],
  ['card', () => false],
  ['document', isOneEdit],
  ['birthDate', isNearDate],
  ['postcode', isOneEdit],
] as const satisfies readonly (readonly [Field, (a: string, b: string) => boolean])[];

const compareAddresses = (a: readonly string[], b: readonly string[]) => {
  const similarity = (coverage(a, b) + coverage(b, a)) / 2;
  if (similarity === 1) return 'exact';
  if (similarity >= nearFrom) return 'near';
  if (similarity >= closeFrom) return 'close';
  return similarity >= sharedFrom ? 'shared' : 'differs';
};

/**
 * How well words occur among others, on average.
 *
 * @see Monge and Elkan, The field matching problem, KDD (1996)
 */
const coverage = (words: readonly string[], among: readonly string[]): number =>
  words.reduce((sum, word) => sum + bestOf(word, among), 0) / words.length;

const bestOf = (word: string, among: readonly string[]): number =>
  among.includes(word)
    ? 1
    : among.reduce((best, other) => Math.max(best, jaroWinkler(word, other)), 0);
