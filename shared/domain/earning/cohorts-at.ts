/** That a customer was in a cohort from `since` until just before `until`. */
export type Membership = Readonly<{ cohort: string; since: Date; until: Date | undefined }>;

/** Returns the cohorts that a customer was in at an instant. */
export const cohortsAt = (memberships: readonly Membership[], at: Date): readonly string[] =>
  memberships
    .filter(({ since, until }) => since <= at && (until === undefined || at < until))
    .map(({ cohort }) => cohort);
