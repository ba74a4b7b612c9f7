/**
 * Limits of clauses and campaigns. Cost is counted in units, each of which takes some 50 ns and 100
 * bytes at most. It is computed from the text of an expression and the limits of payloads, for the
 * worst event that there can be.
 */
export const clauseLimits = {
  expressionCharactersMax: 500,
  expressionCostMax: 10_000,
  /** Of all expressions of a campaign together. */
  campaignCostMax: 20_000,
  expressionsMax: 100,
  /** Of all expressions of a campaign together: compiling takes time as well. */
  campaignCharactersMax: 10_000,
  /** Characters that are kept of the error of an expression. */
  errorCharactersMax: 100,
} as const;

/**
 * How large the fields of a payload may be that a schema declares, in UTF-16 code units and
 * elements.
 */
export const payloadLimits = {
  stringLengthMax: 1_000,
  /** A list of strings. */
  stringsMax: 100,
  stringsItemLengthMax: 200,
  timestampLengthMax: 64,
} as const;

/** Why a campaign has too many or too long expressions, as a sentence; undefined if it does not. */
export const refuseExpressions = (expressions: readonly string[]): string | undefined => {
  const { expressionsMax, campaignCharactersMax } = clauseLimits;
  if (expressions.length > expressionsMax) {
    return `has ${expressions.length} expressions; the maximum for a campaign is ${expressionsMax}`;
  }
  const characters = expressions.reduce((sum, { length }) => sum + length, 0);
  return characters > campaignCharactersMax
    ? `has expressions with ${characters} characters in total; the maximum for a campaign is ${campaignCharactersMax}`
    : undefined;
};

/** Identifiers of users are no longer than this. */
export const userLengthMax = 128;
