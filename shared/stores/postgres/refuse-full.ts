import { refuseIncentives } from '#shared/domain/incentives/decide-incentives.ts';
import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import type { Usage } from '#shared/domain/limits/usage.ts';
import type { Transaction } from './connect.ts';
import { readUsages, type Usages } from './limit-usage.ts';
import { claimsByTenant, type RequestChoices, readClaims, usageKeysOf } from './read-claims.ts';

/** Requests that were refused, the incentives that say so, and the usage that left no room. */
export type Refused = Readonly<{ incentives: readonly Incentive[]; usages: Usages }>;

/**
 * Refuses requests for which committed usage leaves no room, and holds nothing for it: at that moment it was so, whatever is under
 * way. Those of which a choice has room are not decided on.
 */
export const refuseFull = async (
  tx: Transaction,
  requests: readonly RequestChoices[],
  now: Date,
): Promise<Refused> => {
  const usages = new Map<string, ReadonlyMap<string, Usage>>();
  if (requests.length === 0) return { incentives: [], usages };
  const incentives: Incentive[] = [];
  for (const [tenantId, claims] of claimsByTenant(await readClaims(tx, requests))) {
    const keys = usageKeysOf(claims.flat().map(({ qualification }) => qualification));
    const subjects = keys.map(({ subject }) => subject);
    const used = await readUsages(tx, tenantId, subjects);
    usages.set(tenantId, used);
    incentives.push(...refuseIncentives(claims, { usages: used, now }));
  }
  return { incentives, usages };
};
