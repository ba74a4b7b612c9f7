/** Inclusive bounds of a number; at least one is present. */
type Bounds = Readonly<{ atLeast?: number | undefined; atMost?: number | undefined }>;

/** A number that is known about a user; 0 if there is nothing to count. */
export type CohortMeasure = Bounds &
  Readonly<
    | {
        /** Actions of the last days by event time, without reversed ones. */
        of: 'events';
        action: string;
        withinDays: number;
        /** Sums this field of them, in its own unit; without it they are counted. */
        sumOf?: string | undefined;
      }
    | {
        /** Incentives issued in the last days, without reversed ones. */
        of: 'incentives';
        withinDays: number;
        campaignId?: string | undefined;
      }
    /** Points that can be spent, or were ever earned, in a program. */
    | { of: 'points' | 'lifetime-points'; program: string }
    /** Whole days since the user's first action was recorded. */
    | { of: 'days-known' }
  >;

/** Whether a user's tier in a program is one of these. */
type TierCondition = Readonly<{ of: 'tier'; program: string; in: readonly string[] }>;

/** One condition on a user. */
export type CohortCondition = CohortMeasure | TierCondition;

/** Who belongs to a dynamic cohort. */
export type CohortPredicate =
  | Readonly<
      | { all: readonly CohortPredicate[] }
      | { any: readonly CohortPredicate[] }
      | { not: CohortPredicate }
    >
  | CohortCondition;

/** A dynamic cohort: who belongs to it, and how often that is computed. */
export type CohortDefinition = Readonly<{ predicate: CohortPredicate; everyHours: number }>;

/** The conditions of a predicate, each with its place in the document. */
export const conditionsOf = (
  predicate: CohortPredicate,
  path: readonly (string | number)[] = [],
): readonly Readonly<{ condition: CohortCondition; path: (string | number)[] }>[] => {
  if ('of' in predicate) return [{ condition: predicate, path: [...path] }];
  if ('not' in predicate) return conditionsOf(predicate.not, [...path, 'not']);
  const [kind, parts] =
    'all' in predicate ? (['all', predicate.all] as const) : (['any', predicate.any] as const);
  return parts.flatMap((part, index) => conditionsOf(part, [...path, kind, index]));
};
