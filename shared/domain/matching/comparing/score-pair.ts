import type { MatchingModel } from '../models/matching-model.ts';
import type { TermFrequencies } from '../models/term-frequencies.ts';
import type { Profile } from '../profile.ts';
import { compareProfiles } from './compare-profiles.ts';
import { type Comparison, type Field, fields, type Level } from './comparison.ts';

/** What a field adds to the odds, in bits: 1 doubles them, −1 halves them. */
type ScorePart = Readonly<{ field: Field; level: Level; bits: number }>;

/** How probable it is that two records are of one person, and why. */
export type PairScore = Readonly<{
  /** Of the model that gave it. */
  model: string;
  probability: number;
  /** The odds before any field, in bits. The parts add up from here. */
  priorBits: number;
  parts: readonly ScorePart[];
}>;

/** What a probability means: one customer, a question for people, or nothing. */
export type Band = 'link' | 'review' | 'apart';

/**
 * What a household shares. Records that agree in several of these agree no better than in one: a
 * family has one phone, one address and often one mailbox.
 */
const ofHouseholds: ReadonlySet<Field> = new Set(['phone', 'email', 'card', 'address', 'postcode']);

/**
 * Scores two records by Fellegi and Sunter: each field that both have adds the logarithm of how
 * much more often its level occurs for one person than for two. Of the details that a household
 * shares only the strongest agreement counts; the others add 0. A phone or a name that is common
 * counts less.
 *
 * @see Fellegi and Sunter, A theory for record linkage, JASA 64 (1969)
 */
export const scorePair = (
  [a, b]: readonly [Profile, Profile],
  model: MatchingModel,
  frequencies?: TermFrequencies,
): PairScore => {
  const comparison = compareProfiles(a, b, frequencies);
  const shareOf = (field: Field) => (frequencies ? termShare(field, [a, b], frequencies) : 0);
  return scoreComparison(comparison, model, shareOf);
};

/** The same for a comparison; `shareOf` is how common the value is in which both agree. */
export const scoreComparison = (
  comparison: Comparison,
  model: MatchingModel,
  shareOf: (field: Field) => number = () => 0,
): PairScore => {
  const parts: ScorePart[] = [];
  for (const field of fields) {
    const level = comparison[field];
    if (level) parts.push(partOf(field, level, { model, shareOf }));
  }
  const counted = countHouseholdOnce(parts);
  const priorBits = Math.log2(model.prior / (1 - model.prior));
  const bits = counted.reduce((sum, part) => sum + part.bits, priorBits);
  return { model: model.version, probability: 1 / (1 + 2 ** -bits), priorBits, parts: counted };
};

/** Where a probability lies between the thresholds of its model. */
export const bandOf = (probability: number, model: MatchingModel): Band => {
  if (probability >= model.linkFrom) return 'link';
  return probability >= model.reviewFrom ? 'review' : 'apart';
};

type Terms = Readonly<{ model: MatchingModel; shareOf: (field: Field) => number }>;

const partOf = (field: Field, level: Level, { model, shareOf }: Terms): ScorePart => {
  const { match = 1, other = 1 } = model.fields[field][level] ?? {};
  const byChance = level === 'exact' ? Math.min(1, Math.max(other, shareOf(field))) : other;
  return { field, level, bits: Math.log2(match / byChance) };
};

const countHouseholdOnce = (parts: readonly ScorePart[]): readonly ScorePart[] => {
  let strongest: ScorePart | undefined;
  for (const part of parts)
    if (isShared(part) && part.bits > (strongest?.bits ?? 0)) strongest = part;
  return parts.map((part) =>
    isShared(part) && part !== strongest ? { field: part.field, level: part.level, bits: 0 } : part,
  );
};

const isShared = ({ field, bits }: ScorePart): boolean => bits > 0 && ofHouseholds.has(field);

/** How probable it is that a record has the common value of both; 0 where it is not common. */
const termShare = (
  field: Field,
  [a]: readonly [Profile, Profile],
  terms: TermFrequencies,
): number => {
  const { records, names, phones } = terms;
  if (field === 'phone') return (phones.get(a.phone ?? '') ?? 0) / records;
  if (field !== 'name') return 0;
  return (a.name ?? []).reduce((share, { text }) => (share * (names.get(text) ?? 0)) / records, 1);
};
