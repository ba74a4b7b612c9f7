import { type Field, fieldLevels, fields, type Level } from '../comparing/comparison.ts';

/**
 * How often a level occurs among pairs of one person (`match`) and of two (`other`): the m and u of
 * Fellegi and Sunter.
 */
export type LevelShares = Readonly<{ match: number; other: number }>;

export type FieldShares = Readonly<Partial<Record<Level, LevelShares>>>;

/** What turns a comparison into a probability, and that into a decision. */
export type MatchingModel = Readonly<{
  /** Of this form; a reader refuses others. */
  format: 1;
  /** Names the model with each score that it gave. */
  version: string;
  /** The probability that two records at random are of one person. */
  prior: number;
  fields: Readonly<Record<Field, FieldShares>>;
  /** From this probability on, records are linked. */
  linkFrom: number;
  /** From this probability on, people review them. */
  reviewFrom: number;
  /** Below this probability, two records keep the customers apart that others would link. */
  apartBelow: number;
}>;

const shares = (match: readonly number[], other: readonly number[], field: Field): FieldShares =>
  Object.fromEntries(
    fieldLevels[field].map((level, index) => [
      level,
      { match: match[index] ?? 0, other: other[index] ?? 0 },
    ]),
  );

/**
 * The model of an installation that has not trained its own: for some hundred thousand customers
 * with several records each. Shares of pairs of two people are those among candidates: people who
 * share a phone share their family's name more often than others.
 */
export const defaultModel: MatchingModel = {
  format: 1,
  version: 'default-1',
  prior: 2e-6,
  fields: {
    name: shares([0.7, 0.18, 0.06, 0.03, 0.03], [1e-4, 2e-4, 1.5e-3, 0.2, 0.7982], 'name'),
    phone: shares([0.9, 0.04, 0.06], [2e-6, 2e-5, 0.999978], 'phone'),
    email: shares([0.85, 0.05, 0.1], [1e-6, 5e-6, 0.999994], 'email'),
    card: shares([0.6, 0.4], [1e-6, 0.999999], 'card'),
    document: shares([0.9, 0.08, 0.02], [1e-6, 2e-5, 0.999979], 'document'),
    birthDate: shares([0.9, 0.08, 0.02], [5e-5, 1.5e-3, 0.99845], 'birthDate'),
    address: shares([0.45, 0.2, 0.1, 0.1, 0.15], [1e-4, 2e-4, 5e-4, 0.02, 0.9792], 'address'),
    postcode: shares([0.8, 0.05, 0.15], [2e-3, 1e-2, 0.988], 'postcode'),
  },
  linkFrom: 0.85,
  reviewFrom: 0.5,
  apartBelow: 0.05,
};

/** The first thing that makes a model unusable; undefined for a sound one. */
export const problemOfModel = (model: MatchingModel): string | undefined => {
  if (!isShare(model.prior)) return 'prior must be above 0 and below 1';
  const { apartBelow, reviewFrom, linkFrom } = model;
  if (!(0 < apartBelow && apartBelow <= reviewFrom && reviewFrom <= linkFrom && linkFrom < 1))
    return '0 < apartBelow ≤ reviewFrom ≤ linkFrom < 1 must hold';
  return fields.map((field) => problemOfField(field, model.fields[field])).find(Boolean);
};

const isShare = (share: number): boolean => share > 0 && share < 1;

const problemOfField = (field: Field, shares: FieldShares): string | undefined => {
  const known: readonly Level[] = fieldLevels[field];
  const listed = Object.keys(shares) as readonly Level[];
  if (listed.length !== known.length || !listed.every((level) => known.includes(level)))
    return `fields.${field} must have the levels ${known.join(', ')}`;
  const all = Object.values(shares);
  if (!all.every(({ match, other }) => isShare(match) && isShare(other)))
    return `fields.${field} must have shares above 0 and below 1`;
  const isWhole = (of: keyof LevelShares) =>
    Math.abs(all.reduce((sum, level) => sum + level[of], 0) - 1) <= 1e-6;
  return isWhole('match') && isWhole('other') ? undefined : `fields.${field} must add up to 1`;
};
