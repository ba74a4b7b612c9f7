import type { Correlation } from '#shared/domain/correlation.ts';
import {
  isCapped,
  type RewardChoices,
  type RewardRequest,
} from '#shared/domain/incentives/decide-incentives.ts';
import { mayBeArchived, type RecordedIncentive } from '#shared/domain/incentives/incentive.ts';
import { neededDays, subjectsToLock } from '#shared/domain/limits/admit.ts';
import { limitRequestOf } from '#shared/domain/limits/limit-request-of.ts';
import type { Transaction } from '../driver/connect.ts';
import { type RewardTerms, readRewardTerms, rewardKey } from '../limits/limit-reader.ts';
import { lockSubjects, readUsages, type UsageKey, type Usages } from '../limits/limit-usage.ts';
import { TermsChanged } from '../limits/terms-changed.ts';
import { type Coupons, lockCoupons } from './claim-coupons.ts';
import { readIncentives } from './incentive-rows.ts';

/** A qualification for a reward, before the terms of the reward are read. */
export type QualifiedReward = Pick<
  RewardRequest,
  'qualification' | 'cause' | 'correlation' | 'lotId'
>;

/** Rewards of which at most one is granted: the first that can be. */
export type QualifiedChoices = readonly QualifiedReward[];

/** Terms of rewards, by `rewardKey`. */
export type TermsByKey = ReadonlyMap<string, RewardTerms>;

/** What a qualification requests on the terms of its reward. */
export const rewardRequestOf = (qualified: QualifiedReward, terms: RewardTerms): RewardRequest => ({
  ...qualified,
  unit: terms.unit,
  campaignName: terms.campaignName,
  limit: limitRequestOf(qualified.qualification, terms),
});

/** Finds the correlation under which the events of a requested incentive are published. */
export const correlationsOf = (requests: readonly RewardRequest[]) => {
  const correlations = new Map(
    requests.map(({ qualification, correlation }) => [qualification.incentiveId, correlation]),
  );
  return (incentiveId: string): Correlation | undefined => correlations.get(incentiveId);
};

/** Under which terms a reward is decided. */
export const termsKeyOf = ({
  qualification: { tenantId, campaignId, reward },
}: Pick<QualifiedReward, 'qualification'>) => ({
  tenantId,
  campaignId,
  program: reward.program,
});

/** All that decisions about requests depend on. */
export type LockedStock = Readonly<{
  /** Incentives of the requests that exist already. */
  recorded: ReadonlyMap<string, RecordedIncentive>;
  /** The usage of every capped subject. */
  usages: Usages;
  /** The subjects by whose caps no other transaction decides until this one ends. */
  locked: readonly UsageKey[];
  coupons: Coupons;
}>;

type Holding = Readonly<{
  /** Whether requests are likely refused: nothing is locked for them. */
  isFull: (choices: RewardChoices) => boolean;
  /** The terms on which the requests were made. */
  terms: TermsByKey;
  now: Date;
}>;

/**
 * Locks what requests share, in the order of docs/decisions/0016, and reads what decides about
 * them. The statements go out together: each sees what was committed before it began, so those
 * after a lock see what its last holder wrote.
 * @throws TermsChanged when the requests were made on other terms than those in force.
 */
export const lockStock = async (
  tx: Transaction,
  requests: readonly RewardChoices[],
  { isFull, terms, now }: Holding,
): Promise<LockedStock> => {
  const all = requests.flat();
  const open = requests.filter((choices) => !isFull(choices)).flat();
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
  requests: readonly RewardRequest[],
  of: (request: RewardRequest) => Iterable<string>,
): readonly UsageKey[] =>
  requests.flatMap((request) =>
    Array.from(of(request), (subject) => ({ tenantId: request.qualification.tenantId, subject })),
  );

const questionsOf = (requests: readonly RewardRequest[]) =>
  Array.from(
    Map.groupBy(requests, ({ qualification }) => qualification.tenantId),
    ([tenantId, own]) =>
      Array.from(neededDays(own.map(({ limit }) => limit)), ([subject, days]) => ({
        ...{ tenantId, subject, days },
      })),
  ).flat();

const couponRequests = (requests: readonly RewardRequest[]) => {
  const wanted = requests.flatMap(({ qualification: { tenantId, reward } }) =>
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
