import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import type { Correlation } from '#shared/domain/correlation.ts';
import {
  type ClaimChoices,
  isCapped,
  type RewardClaim,
} from '#shared/domain/incentives/decide-incentives.ts';
import { mayBeArchived, type RecordedIncentive } from '#shared/domain/incentives/incentive.ts';
import { neededDays, subjectsToLock } from '#shared/domain/limits/admit.ts';
import { claimOf } from '#shared/domain/limits/claim-of.ts';
import type { Transaction } from '../driver/connect.ts';
import { type RewardTerms, readRewardTerms, rewardKey } from '../limits/limit-reader.ts';
import { lockSubjects, readUsages, type UsageKey, type Usages } from '../limits/limit-usage.ts';
import { TermsChanged } from '../limits/terms-changed.ts';
import { type Coupons, lockCoupons } from './claim-coupons.ts';
import { readIncentives } from './incentive-rows.ts';

/** A qualification that requests a reward. */
export type RewardRequest = Readonly<{
  qualification: Qualification;
  /** Its cause: CloudEvents source, a blank, id. */
  cause: string;
  /** The correlation of its events. */
  correlation?: Correlation | undefined;
  /** The lot that its points go into, where it is credited to a program. */
  lotId: string | undefined;
}>;

/** Requests of which at most one is granted: the first that can be. */
export type RequestChoices = readonly RewardRequest[];

/** What a request claims on the terms of its reward, with the correlation of its events. */
export type RequestedClaim = RewardClaim & Pick<RewardRequest, 'correlation'>;

/** Claims of which at most one is granted: the first that can be. */
export type RequestedChoices = readonly RequestedClaim[];

/** Terms of rewards, by `rewardKey`. */
export type TermsByKey = ReadonlyMap<string, RewardTerms>;

/** What a request claims on terms, which are those of its reward. */
export const toClaim = (request: RewardRequest, terms: RewardTerms): RequestedClaim => ({
  ...request,
  unit: terms.unit,
  campaignName: terms.campaignName,
  limit: claimOf(request.qualification, terms),
});

/** Finds the correlation under which the events of a requested incentive are published. */
export const correlationsOf = (claims: readonly RequestedClaim[]) => {
  const correlations = new Map(
    claims.map(({ qualification, correlation }) => [qualification.incentiveId, correlation]),
  );
  return (incentiveId: string): Correlation | undefined => correlations.get(incentiveId);
};

/** Under which terms a request is decided. */
export const termsKeyOf = ({
  qualification: { tenantId, campaignId, reward },
}: Pick<RewardRequest, 'qualification'>) => ({
  tenantId,
  campaignId,
  program: reward.program,
});

/** All that decisions about claims depend on. */
export type LockedStock = Readonly<{
  /** Incentives of the claims that exist already. */
  recorded: ReadonlyMap<string, RecordedIncentive>;
  /** The usage of every capped subject. */
  usages: Usages;
  /** The subjects by whose caps no other transaction decides until this one ends. */
  locked: readonly UsageKey[];
  coupons: Coupons;
}>;

type Holding = Readonly<{
  /** Whether claims are likely refused: nothing is locked for them. */
  isFull: (choices: ClaimChoices) => boolean;
  /** The terms on which the claims were made. */
  terms: TermsByKey;
  now: Date;
}>;

/**
 * Locks what claims share, in the order of docs/decisions/0016, and reads what decides about them.
 * The statements go out together: each sees what was committed before it began, so those after a
 * lock see what its last holder wrote.
 * @throws TermsChanged when the claims were made on other terms than those in force.
 */
export const lockStock = async (
  tx: Transaction,
  claims: readonly ClaimChoices[],
  { isFull, terms, now }: Holding,
): Promise<LockedStock> => {
  const all = claims.flat();
  const open = claims.filter((choices) => !isFull(choices)).flat();
  const locking = open.filter(isCapped);
  const keys = all.map(termsKeyOf);
  const codes = couponRequests(open);
  const [, current, , usages, coupons, recorded] = await Promise.all([
    shareTerms(tx, [...new Set(keys.map(({ tenantId }) => tenantId))]),
    readRewardTerms(tx, keys),
    lockSubjects(
      tx,
      subjectsOf(locking, ({ limit }) => subjectsToLock(limit)),
    ),
    readUsages(tx, questionsOf(all.filter(isCapped))),
    codes.length === 0 ? noCoupons : lockCoupons(tx, codes),
    readIncentives(tx, [...new Set(all.map(({ qualification }) => qualification.incentiveId))], {
      mayBeArchived: all.some(({ qualification }) => mayBeArchived(qualification, now)),
    }),
  ]);
  const isCurrent = (key: string) =>
    JSON.stringify(current.get(key)) === JSON.stringify(terms.get(key));
  if (![...new Set(keys.map(rewardKey))].every(isCurrent)) throw new TermsChanged();
  const capped = subjectsOf(locking, ({ limit }) => limit.caps.map(({ subject }) => subject));
  return { recorded, usages, locked: capped, coupons };
};

const noCoupons: Coupons = new Map();

const subjectsOf = (
  claims: readonly RewardClaim[],
  of: (claim: RewardClaim) => Iterable<string>,
): readonly UsageKey[] =>
  claims.flatMap((claim) =>
    Array.from(of(claim), (subject) => ({ tenantId: claim.qualification.tenantId, subject })),
  );

const questionsOf = (claims: readonly RewardClaim[]) =>
  Array.from(
    Map.groupBy(claims, ({ qualification }) => qualification.tenantId),
    ([tenantId, own]) =>
      Array.from(neededDays(own.map(({ limit }) => limit)), ([subject, days]) => ({
        ...{ tenantId, subject, days },
      })),
  ).flat();

const couponRequests = (claims: readonly RewardClaim[]) => {
  const wanted = claims.flatMap(({ qualification: { tenantId, reward } }) =>
    reward.type === 'COUPON' ? [{ tenantId, pool: reward.pool ?? '' }] : [],
  );
  const byPool = Map.groupBy(wanted, ({ tenantId, pool }) => `${tenantId} ${pool}`);
  return [...byPool.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, codes: 1 + others.length }],
  );
};

/** As in the function await_decisions(). */
const namespace = 7_136_504;

/**
 * Keeps the caps of tenants unchanged until the transaction ends: changes of them wait.
 * Transactions that decide share the lock.
 */
const shareTerms = async (tx: Transaction, tenantIds: readonly string[]): Promise<void> => {
  await tx`
    select pg_advisory_xact_lock_shared(${namespace}, hashtext(tenant_id))
    from unnest(${tenantIds}::text[]) as wanted (tenant_id)`;
};
