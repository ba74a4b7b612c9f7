import type { Incentive } from '../incentives/incentive.ts';
import type { LimitScope } from './caps.ts';
import { countableOf } from './claim-of.ts';

/** How much incentives change the usage of a subject, by unit. */
export type UsageChange = Readonly<{
  tenantId: string;
  subject: string;
  /** Whether incentives of several users count for the subject. */
  isShared: boolean;
  /** A local day, or undefined for the total. */
  day: string | undefined;
  /** POINTS or an ISO 4217 code; empty for incentives without an amount. */
  unit: string;
  count: number;
  amount: number;
}>;

/**
 * What incentives count for together, capped or not: one change per subject, unit and day, and one
 * per subject and unit in all.
 */
export const usageChanges = (incentives: readonly Incentive[]): readonly UsageChange[] => {
  const changes = new Map<string, UsageChange>();
  for (const change of incentives.flatMap(changesOf)) {
    const { tenantId, subject, day = '', unit } = change;
    const key = `${tenantId} ${day} ${unit} ${subject}`;
    const { count, amount } = changes.get(key) ?? { count: 0, amount: 0 };
    changes.set(key, { ...change, count: count + 1, amount: amount + change.amount });
  }
  return [...changes.values()];
};

const changesOf = (incentive: Incentive): readonly UsageChange[] => {
  const { tenantId } = incentive;
  const { day, amount, subjects } = countableOf(incentive);
  const { unit, value } = amount ?? { unit: '', value: 0 };
  const change = { tenantId, unit, count: 1, amount: value };
  return Object.entries(subjects).flatMap(([scope, subject]) => {
    const own = { ...change, subject, isShared: sharedScopes.has(scope) };
    return [
      { ...own, day: undefined },
      { ...own, day },
    ];
  });
};

const sharedScopes: ReadonlySet<string> = new Set<LimitScope>(['GLOBAL', 'CAMPAIGN']);
