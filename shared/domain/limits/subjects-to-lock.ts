import type { LimitScope, SubjectCaps } from './caps.ts';
import type { LimitClaim } from './limit-claim.ts';

/**
 * The subjects to lock so that nobody else decides by any cap of a claim meanwhile. A cap on the
 * number of incentives holds for every incentive of its tenant or campaign, so whoever decides by a
 * narrower cap needs its lock, too, and the locks of the narrower ones are left out.
 */
export const subjectsToLock = ({ caps }: Pick<LimitClaim, 'caps'>): ReadonlySet<string> => {
  const covering = caps.filter(limitsNumber).map(({ scope }) => scope);
  const isCovered = ({ scope }: SubjectCaps) =>
    coveredBy[scope].some((wider) => covering.includes(wider));
  return new Set(caps.filter((own) => !isCovered(own)).map(({ subject }) => subject));
};

/** Of each scope those whose incentives include all of its own. */
const coveredBy: Readonly<Record<LimitScope, readonly LimitScope[]>> = {
  GLOBAL: [],
  USER: ['GLOBAL'],
  CAMPAIGN: ['GLOBAL'],
  CAMPAIGN_USER: ['GLOBAL', 'CAMPAIGN', 'USER'],
};

const limitsNumber = ({ caps }: SubjectCaps): boolean =>
  caps.maxPerDay !== undefined || caps.maxTotal !== undefined;
