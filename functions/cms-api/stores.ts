import type { Publisher } from '#shared/eventing/publisher.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { actionStore } from '#shared/stores/postgres/action-store.ts';
import { auditReader } from '#shared/stores/postgres/audit-reader.ts';
import { campaignHistory } from '#shared/stores/postgres/campaign-history.ts';
import { campaignIndex } from '#shared/stores/postgres/campaign-index.ts';
import { campaignReferences } from '#shared/stores/postgres/campaign-references.ts';
import { findCampaignSet } from '#shared/stores/postgres/campaign-sets.ts';
import { campaignStore } from '#shared/stores/postgres/campaign-store.ts';
import { cohortLists } from '#shared/stores/postgres/cohort-lists.ts';
import { cohortMemberships } from '#shared/stores/postgres/cohort-memberships.ts';
import { cohortStore } from '#shared/stores/postgres/cohort-store.ts';
import type { Sql } from '#shared/stores/postgres/connect.ts';
import { couponPools } from '#shared/stores/postgres/coupon-pools.ts';
import { earningReader } from '#shared/stores/postgres/earning-reader.ts';
import { eventStore } from '#shared/stores/postgres/event-store.ts';
import { incentiveStore } from '#shared/stores/postgres/incentive-store.ts';
import { ladderStore } from '#shared/stores/postgres/ladder-store.ts';
import { limitReader } from '#shared/stores/postgres/limit-reader.ts';
import { limitStore } from '#shared/stores/postgres/limit-store.ts';
import { outbox } from '#shared/stores/postgres/outbox.ts';
import { programStore } from '#shared/stores/postgres/program-store.ts';
import { questReader } from '#shared/stores/postgres/quest-reader.ts';
import { requestReversal } from '#shared/stores/postgres/request-reversal.ts';
import { ruleStore } from '#shared/stores/postgres/rule-store.ts';
import { tenantRegistry } from '#shared/stores/postgres/tenant-registry.ts';
import { announceChange } from '#shared/stores/redis/change-notices.ts';
import type { connectRedis } from '#shared/stores/redis/connect.ts';
import { campaignChannel } from '#shared/stores/redis/keys.ts';
import type { Dependencies } from './dependencies.ts';
import { createSay } from './say.ts';
import { createTell } from './tell.ts';

type Clients = Readonly<{
  sql: Sql;
  redis: ReturnType<typeof connectRedis>;
  publisher: Publisher;
  log: Logger;
}>;

/** Everything the routes need but a clock. */
export const stores = ({ sql, redis, publisher, log }: Clients): Omit<Dependencies, 'clock'> => {
  const say = createSay({ publisher, outbox: outbox(sql), log });
  const notify = (tenantId: string) => announceChange(redis, campaignChannel, tenantId);
  return {
    tenants: tenantRegistry(sql),
    limits: limitStore(sql),
    actions: actionStore(sql),
    campaigns: campaignStore(sql),
    campaignIndexes: campaignIndex(sql),
    readReferences: campaignReferences(sql),
    programs: programStore(sql),
    rules: ruleStore(sql),
    ladders: ladderStore(sql),
    cohorts: cohortStore(sql),
    cohortLists: cohortLists(sql),
    couponPools: couponPools(sql),
    memberships: cohortMemberships(sql),
    events: eventStore(sql),
    quests: questReader(sql),
    campaignHistory: campaignHistory(sql),
    findCampaignSet: findCampaignSet(sql),
    incentives: incentiveStore(sql),
    requestReversal: requestReversal(sql),
    rewardLimits: limitReader(sql),
    say,
    audit: auditReader(sql),
    earnings: earningReader(sql),
    tell: createTell({ notify, say, log }),
  };
};
