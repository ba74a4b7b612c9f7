import type { RefusedCap } from './caps.ts';
import { demandsOf, refusal, usedOf } from './demand.ts';
import type { LimitClaim } from './limit-claim.ts';
import { noUsage, type Usage } from './usage.ts';

/** What a claim met: room in every cap, or the first cap without. */
export type Admission = Readonly<{ kind: 'admitted' } | ({ kind: 'refused' } & RefusedCap)>;

/** Asks every cap of a claim, in their order, given the usage by subject; a subject that is not there has used nothing. Changes nothing. */
export const admit = (
  usages: ReadonlyMap<string, Usage>,
  claim: Pick<LimitClaim, 'day' | 'amount' | 'caps'>,
): Admission => {
  for (const subjectCaps of claim.caps) {
    const usage = usages.get(subjectCaps.subject) ?? noUsage;
    for (const demand of demandsOf(subjectCaps, claim)) {
      const used = usedOf(usage, demand);
      if (used + demand.asked > demand.max) return { kind: 'refused', ...refusal(demand, used) };
    }
  }
  return { kind: 'admitted' };
};
