import type { RefusedCap } from './caps.ts';
import { demandsOf, refusal, usedOf } from './demand.ts';
import type { LimitClaim } from './limit-claim.ts';
import { noUsage, type Usage } from './usage.ts';

/** What a claim met: room in every cap, or the first cap without. */
export type Admission = Readonly<{ kind: 'admitted' } | ({ kind: 'refused' } & RefusedCap)>;

/**
 * Asks every cap of a claim, in their order, given the usage by subject; a subject that is not
 * there has used nothing. Changes nothing.
 */
export const admit = (
  usages: ReadonlyMap<string, Usage>,
  claim: Pick<LimitClaim, 'day' | 'amount' | 'caps'>,
): Admission => {
  for (const subjectCaps of claim.caps) {
    const usage = usages.get(subjectCaps.subject) ?? noUsage;
    const full = demandsOf(subjectCaps, claim).find(
      (demand) => usedOf(usage, demand) + demand.asked > demand.max,
    );
    if (full !== undefined) return { kind: 'refused', ...refusal(full, usedOf(usage, full)) };
  }
  return { kind: 'admitted' };
};
