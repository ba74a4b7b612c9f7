import type { TierGrant } from '#shared/domain/earning/tiers/tier-grant.ts';

/** The column of granted_tiers. */
export type GrantsColumn =
  | readonly Readonly<{ tier: string; sinceMs: number; untilMs: number | null }>[]
  | null;

/** The grants of a wallet in their column. */
export const toGrants = (column: GrantsColumn): readonly TierGrant[] =>
  (column ?? []).map(({ tier, sinceMs, untilMs }) => ({
    tier,
    since: new Date(sinceMs),
    until: untilMs === null ? undefined : new Date(untilMs),
  }));
