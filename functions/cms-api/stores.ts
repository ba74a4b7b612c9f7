import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import { announce } from '#shared/runtime/announce.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { OutboundTargets } from '#shared/runtime/outbound/outbound-url.ts';
import type { SecretBox } from '#shared/runtime/secret-box.ts';
import { erasePerson } from '#shared/stores/erase-person.ts';
import { actionStore } from '#shared/stores/postgres/campaigns/action-store.ts';
import { campaignHistory } from '#shared/stores/postgres/campaigns/campaign-history.ts';
import { campaignIndex } from '#shared/stores/postgres/campaigns/campaign-index.ts';
import { campaignReferences } from '#shared/stores/postgres/campaigns/campaign-references.ts';
import { findCampaignSet } from '#shared/stores/postgres/campaigns/campaign-sets.ts';
import { campaignStore } from '#shared/stores/postgres/campaigns/campaign-store.ts';
import { cohortLists } from '#shared/stores/postgres/cohorts/cohort-lists.ts';
import { cohortMemberships } from '#shared/stores/postgres/cohorts/cohort-memberships.ts';
import { cohortStore } from '#shared/stores/postgres/cohorts/cohort-store.ts';
import { cohortUploads } from '#shared/stores/postgres/cohorts/cohort-uploads.ts';
import { dynamicCohorts } from '#shared/stores/postgres/cohorts/dynamic-cohorts.ts';
import { realTimeCohorts } from '#shared/stores/postgres/cohorts/real-time-cohorts.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { earningReader } from '#shared/stores/postgres/earning/earning-reader.ts';
import { eventStore } from '#shared/stores/postgres/events/event-store.ts';
import { questReader } from '#shared/stores/postgres/events/quest-reader.ts';
import { pushDefaultsStore } from '#shared/stores/postgres/inbox/push-defaults.ts';
import { couponPools } from '#shared/stores/postgres/incentives/coupon-pools.ts';
import { incentiveStore } from '#shared/stores/postgres/incentives/incentive-store.ts';
import { requestReversal } from '#shared/stores/postgres/incentives/request-reversal.ts';
import { auditReader } from '#shared/stores/postgres/journal/audit-reader.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { limitReader } from '#shared/stores/postgres/limits/limit-reader.ts';
import { limitStore } from '#shared/stores/postgres/limits/limit-store.ts';
import { erasures } from '#shared/stores/postgres/privacy/erasures.ts';
import type { Person } from '#shared/stores/postgres/privacy/person.ts';
import { personalRecords } from '#shared/stores/postgres/privacy/personal-records.ts';
import { ladderStore } from '#shared/stores/postgres/tenants/ladder-store.ts';
import { programStore } from '#shared/stores/postgres/tenants/program-store.ts';
import { ruleStore } from '#shared/stores/postgres/tenants/rule-store.ts';
import { tenantRegistry } from '#shared/stores/postgres/tenants/tenant-registry.ts';
import { deliveryLog } from '#shared/stores/postgres/webhooks/delivery-log.ts';
import { webhookStore } from '#shared/stores/postgres/webhooks/webhook-store.ts';
import { announceChange } from '#shared/stores/redis/change-notices.ts';
import type { RedisConnection } from '#shared/stores/redis/driver/connect.ts';
import { campaignChannel, webhookChannel } from '#shared/stores/redis/driver/keys.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { forgetPerson } from '#shared/stores/redis/person-cache.ts';
import { questCache } from '#shared/stores/redis/quest-cache.ts';
import { createAfterCommit } from './after-commit.ts';
import { createRequestRecompute } from './cohorts/request-recompute.ts';
import { cohortCostMaxDefault } from './config.ts';
import type { Dependencies } from './dependencies.ts';
import { createRequestSending } from './webhooks/request-sending.ts';

type Clients = Readonly<{
  sql: Sql;
  redis: RedisConnection;
  publisher: Publisher;
  log: Logger;
  webhookSecrets: SecretBox;
  webhookTargets: OutboundTargets;
  /** Defaults to the configuration. */
  cohortCostMax?: number;
}>;

/** Everything the routes need but a clock. */
export const stores = ({
  sql,
  redis,
  publisher,
  log,
  webhookSecrets,
  webhookTargets,
  cohortCostMax = cohortCostMaxDefault,
}: Clients): Omit<Dependencies, 'clock'> => {
  const announcing = { publisher, outbox: outbox(sql), log };
  const publish = (domainEvents: readonly DomainEvent[]) => announce(domainEvents, announcing);
  const notify = (tenantId: string) => announceChange(redis, campaignChannel, tenantId);
  return {
    tenants: tenantRegistry(sql),
    pushDefaults: pushDefaultsStore(sql),
    limits: limitStore(sql),
    actions: actionStore(sql),
    campaigns: campaignStore(sql),
    campaignIndexes: campaignIndex(sql),
    readReferences: campaignReferences(sql),
    ...programParts(sql),
    ...cohortParts(sql),
    cohortCostMax,
    requestRecompute: createRequestRecompute({ publisher, log }),
    couponPools: couponPools(sql),
    memberships: cohortMemberships(sql),
    events: eventStore(sql),
    quests: questReader(sql),
    questCache: questCache(redis, redisCircuit()),
    campaignHistory: campaignHistory(sql),
    findCampaignSet: findCampaignSet(sql),
    incentives: incentiveStore(sql),
    requestReversal: requestReversal(sql),
    rewardLimits: limitReader(sql),
    webhooks: webhookStore(sql),
    deliveries: deliveryLog(sql),
    webhookSecrets,
    webhookTargets,
    requestSending: createRequestSending({
      notify: (tenantId) => announceChange(redis, webhookChannel, tenantId),
      publisher,
      log,
    }),
    ...privacyParts(sql, redis),
    publish,
    audit: auditReader(sql),
    earnings: earningReader(sql),
    afterCommit: createAfterCommit({ notify, publish, log }),
  };
};

const privacyParts = (sql: Sql, redis: Clients['redis']) => {
  const own = erasures(sql);
  const parts = { erasures: own, forget: forgetPerson(redis) };
  return {
    erasures: own,
    erasePerson: (person: Person) => erasePerson(parts, person),
    personalRecords: personalRecords(sql),
  };
};

const programParts = (sql: Sql) => ({
  programs: programStore(sql),
  rules: ruleStore(sql),
  ladders: ladderStore(sql),
});

const cohortParts = (sql: Sql) => ({
  cohorts: cohortStore(sql),
  cohortLists: cohortLists(sql),
  dynamicCohorts: dynamicCohorts(sql),
  realTimeCohorts: realTimeCohorts(sql),
  cohortUploads: cohortUploads(sql),
});
