import { assert } from '#shared/domain/assert.ts';
import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import type { QuestHit } from '#shared/domain/campaigns/decide-event.ts';
import type { Entitlement, Qualification } from '#shared/domain/campaigns/qualification.ts';
import { decideIncentives } from '#shared/domain/incentives/decide-incentives.ts';
import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import { neededDays } from '#shared/domain/limits/admit.ts';
import { limitRequestOf } from '#shared/domain/limits/limit-request-of.ts';
import { advanceQuest, type QuestHistory } from '#shared/domain/quests/advance-quest.ts';
import { foldQuest } from '#shared/domain/quests/fold-quest.ts';
import { questBeginning } from '#shared/domain/quests/quest-checkpoint.ts';
import { questQualification } from '#shared/eventing/quest-qualification.ts';
import { rewardKey } from '#shared/stores/postgres/limits/limit-reader.ts';
import type { Dependencies } from '../dependencies.ts';

type Stores = Pick<Dependencies, 'rewardLimits' | 'couponPools' | 'clock'>;

/**
 * What check-limit would decide about the entitlements of an event, one after the other, with the
 * current caps, usage and coupons. Nothing is counted.
 */
export const tryCaps = async (
  stores: Stores,
  tenantId: string,
  entitlements: readonly Entitlement[],
): Promise<readonly Incentive[]> => {
  const { rewardLimits, clock } = stores;
  const qualified = entitlements.flatMap(({ choices }) => choices);
  const terms = await rewardLimits.terms(qualified.map(keyOf));
  const toRequest = (qualification: Qualification) => {
    const found = terms.get(rewardKey(keyOf(qualification)));
    assert(found, `campaign ${qualification.campaignId} exists`);
    const { unit, campaignName } = found;
    const limit = limitRequestOf(qualification, found);
    return { qualification, unit, campaignName, limit, cause: '', lotId: undefined };
  };
  const requests = entitlements.map(({ choices }) => choices.map(toRequest));
  const asked = neededDays(requests.flat().map(({ limit }) => limit));
  const usages = await rewardLimits.usages(tenantId, asked);
  const coupons = await couponsFor(stores, tenantId, qualified);
  return decideIncentives(requests, { usages, coupons, now: clock() }).incentives;
};

const keyOf = ({ tenantId, campaignId, reward: { program } }: Qualification) => ({
  tenantId,
  campaignId,
  program,
});

/**
 * As many codes per pool as are left, or would be needed: codes are secret until they are issued.
 */
const couponsFor = async (
  { couponPools }: Stores,
  tenantId: string,
  qualified: readonly Qualification[],
): Promise<ReadonlyMap<string, readonly string[]>> => {
  const pools = new Set(qualified.flatMap(({ reward }) => reward.pool ?? []));
  const found = await Promise.all(
    Array.from(pools, async (pool) => {
      const free = (await couponPools.find({ tenantId, pool }))?.free ?? 0;
      const codes = Array.from({ length: Math.min(free, qualified.length) }, () => '');
      return [pool, codes] as const;
    }),
  );
  return new Map(found);
};

/** The quest of a user after an event that met steps of it. */
export type TriedQuest = Readonly<{
  campaignId: string;
  /** How often the quest is done without and with the event. */
  before: number;
  after: number;
  entitlements: readonly Entitlement[];
}>;

/**
 * Counts an event for a quest as if it came now, given what is recorded from before it on; nothing
 * where the user has not begun.
 */
export const tryQuest = (
  { campaign, steps: met }: QuestHit,
  { eventId, userId, occurredAt: completedAt }: ActionEvent,
  { from, steps }: QuestHistory = { from: questBeginning, steps: [] },
): TriedQuest => {
  const { campaignId, terms } = campaign;
  assert(terms.type === 'QUEST', 'only quests have steps');
  const { head } = foldQuest(terms.rule, steps, { from });
  const before = head.completions;
  const { completed } = advanceQuest(
    terms.rule,
    { completions: before, counted: before, head },
    { from, steps, arrivals: [{ eventId, completedAt, steps: met }] },
  );
  return {
    campaignId,
    before,
    after: before + completed.length,
    entitlements: completed.flatMap((completion) => {
      const qualification = questQualification(campaign, userId, completion);
      return qualification === undefined
        ? []
        : [{ priority: terms.priority, choices: [qualification] }];
    }),
  };
};
