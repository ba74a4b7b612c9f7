import { areForms } from '../fields/name-variants.ts';
import type { TermFrequencies } from '../models/term-frequencies.ts';
import type { NamePart } from '../profile.ts';
import { closeFrom, type Level, nearFrom } from './comparison.ts';
import { isOneEdit } from './is-one-edit.ts';
import { jaroWinkler } from './jaro-winkler.ts';

type Name = readonly NamePart[];

/** Similarity of other forms and other spellings of a part. */
const variant = 0.95;
/** Least similarity of parts that one edit makes equal: Jaro-Winkler gives Roy and Ry less. */
const oneEdit = 0.86;
/** A part this many times rarer than one that it resembles is taken for an error. */
const rarerTimes = 10;
/** Similarity of an initial to a part that begins with it. */
const initial = 0.86;

/**
 * How well two names agree, in whatever order their parts are: each part of the shorter one is
 * paired with the part of the other that is most like it, and the worst pair decides. So Anil
 * Sharma and Sunil Sharma share a part and do not match.
 *
 * Two different parts that are both common are different names, however similar: Rajesh and Ramesh.
 * A rare part that resembles a common one is a typing error. Without frequencies, similarity alone
 * decides.
 */
export const compareNames = (a: Name, b: Name, frequencies?: TermFrequencies): Level => {
  if (areEqual(a, b)) return 'exact';
  const [fewer, more] = a.length <= b.length ? [a, b] : [b, a];
  if (fewer.length === 1 && more.length > 1) return compareGivenName(fewer, more, frequencies);
  const similarities = pair(fewer, more, frequencies);
  if (joined(a) === joined(b) && a.length !== b.length) return 'near';
  return levelOfAll(similarities, a.length === b.length);
};

const areEqual = (a: Name, b: Name): boolean =>
  a.length === b.length && a.every(({ text }, index) => text === b[index]?.text);

const levelOfAll = (similarities: readonly number[], isSameLength: boolean): Level => {
  const worst = Math.min(...similarities);
  if (worst === 1 && isSameLength) return 'exact';
  if (worst >= nearFrom) return 'near';
  return worst >= closeFrom ? 'close' : levelOfOne(similarities);
};

const levelOfOne = (similarities: readonly number[]): Level =>
  Math.max(...similarities) >= nearFrom ? 'shared' : 'differs';

/** A name of one part is the given name or the family's: only the former identifies the person. */
const compareGivenName = ([only]: Name, more: Name, frequencies?: TermFrequencies): Level => {
  if (!only) return 'differs';
  const [given = 0, ...others] = more.map((part) => similarityOf(only, part, frequencies));
  return given >= nearFrom ? 'close' : levelOfOne(others);
};

/** Similarities of the best pairs, one for each part of the name with fewer. */
const pair = (fewer: Name, more: Name, frequencies?: TermFrequencies): readonly number[] => {
  let left = fewer.flatMap((one, at) =>
    more.map((other, otherAt): PartPair => {
      const similarity = similarityOf(one, other, frequencies);
      return { one, at, other, otherAt, similarity };
    }),
  );
  const similarities: number[] = [];
  while (left.length > 0) {
    const best = left.reduce(better);
    similarities.push(best.similarity);
    left = left.filter(({ at, otherAt }) => at !== best.at && otherAt !== best.otherAt);
  }
  return similarities;
};

/** Two parts and their places: a name may have the same part twice. */
type PartPair = Readonly<{
  one: NamePart;
  at: number;
  other: NamePart;
  otherAt: number;
  similarity: number;
}>;

/** By texts where similarities are equal, so that the order of the names makes no difference. */
const better = (a: PartPair, b: PartPair): PartPair => {
  if (a.similarity !== b.similarity) return a.similarity > b.similarity ? a : b;
  return textsOf(b) < textsOf(a) ? b : a;
};

const textsOf = ({ one, other }: PartPair): string =>
  one.text < other.text ? `${one.text} ${other.text}` : `${other.text} ${one.text}`;

const similarityOf = (a: NamePart, b: NamePart, frequencies?: TermFrequencies): number => {
  if (a.text === b.text) return 1;
  if (a.spelling === b.spelling || areForms(a.spelling, b.spelling)) return variant;
  if (a.text.length === 1 || b.text.length === 1) return similarityOfInitial(a.text, b.text);
  return frequencies && areBothCommon(a.text, b.text, frequencies) ? 0 : similarityOfTyped(a, b);
};

const similarityOfInitial = (a: string, b: string): number =>
  a.startsWith(b) || b.startsWith(a) ? initial : 0;

const similarityOfTyped = (a: NamePart, b: NamePart): number => {
  const isOneError = isOneEdit(a.text, b.text) || isOneEdit(a.spelling, b.spelling);
  return Math.max(jaroWinkler(a.text, b.text), isOneError ? oneEdit : 0);
};

/** Typing errors and rare spellings of a name occur, too, but far less often than it. */
const areBothCommon = (a: string, b: string, { names }: TermFrequencies): boolean => {
  const [one = 0, other = 0] = [names.get(a), names.get(b)];
  return Math.min(one, other) > Math.max(one, other) / rarerTimes;
};

const joined = (name: Name): string => name.map(({ text }) => text).join('');
