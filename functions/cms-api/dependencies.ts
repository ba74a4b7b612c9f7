import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { OutboundTargets } from '#shared/runtime/outbound/outbound-url.ts';
import type { SecretBox } from '#shared/runtime/secret-box.ts';
import type { ActionStore } from '#shared/stores/postgres/campaigns/action-store.ts';
import type { CampaignHistory } from '#shared/stores/postgres/campaigns/campaign-history.ts';
import type { CampaignIndexes } from '#shared/stores/postgres/campaigns/campaign-index.ts';
import type { ReadReferences } from '#shared/stores/postgres/campaigns/campaign-references.ts';
import type { FindCampaignSet } from '#shared/stores/postgres/campaigns/campaign-sets.ts';
import type { CampaignStore } from '#shared/stores/postgres/campaigns/campaign-store.ts';
import type { CohortLists } from '#shared/stores/postgres/cohorts/cohort-lists.ts';
import type { CohortMemberships } from '#shared/stores/postgres/cohorts/cohort-memberships.ts';
import type { CohortStore } from '#shared/stores/postgres/cohorts/cohort-store.ts';
import type { CohortUploads } from '#shared/stores/postgres/cohorts/cohort-uploads.ts';
import type { DynamicCohorts } from '#shared/stores/postgres/cohorts/dynamic-cohorts.ts';
import type { RealTimeCohorts } from '#shared/stores/postgres/cohorts/real-time-cohorts.ts';
import type { EarningReader } from '#shared/stores/postgres/earning/earning-reader.ts';
import type { EventStore } from '#shared/stores/postgres/events/event-store.ts';
import type { QuestReader } from '#shared/stores/postgres/events/quest-reader.ts';
import type { PushDefaultsStore } from '#shared/stores/postgres/inbox/push-defaults.ts';
import type { CouponPools } from '#shared/stores/postgres/incentives/coupon-pools.ts';
import type { IncentiveStore } from '#shared/stores/postgres/incentives/incentive-store.ts';
import type { RequestReversal } from '#shared/stores/postgres/incentives/request-reversal.ts';
import type { AuditReader } from '#shared/stores/postgres/journal/audit-reader.ts';
import type { LimitReader } from '#shared/stores/postgres/limits/limit-reader.ts';
import type { LimitStore } from '#shared/stores/postgres/limits/limit-store.ts';
import type { Erasures } from '#shared/stores/postgres/privacy/erasures.ts';
import type { Person } from '#shared/stores/postgres/privacy/person.ts';
import type { PersonalRecords } from '#shared/stores/postgres/privacy/personal-records.ts';
import type { LadderStore } from '#shared/stores/postgres/tenants/ladder-store.ts';
import type { ProgramStore } from '#shared/stores/postgres/tenants/program-store.ts';
import type { RuleStore } from '#shared/stores/postgres/tenants/rule-store.ts';
import type { TenantRegistry } from '#shared/stores/postgres/tenants/tenant-registry.ts';
import type { DeliveryLog } from '#shared/stores/postgres/webhooks/delivery-log.ts';
import type { WebhookStore } from '#shared/stores/postgres/webhooks/webhook-store.ts';
import type { QuestCache } from '#shared/stores/redis/quest-cache.ts';
import type { AfterCommit } from './after-commit.ts';
import type { RequestRecompute } from './cohorts/request-recompute.ts';
import type { RequestSending } from './webhooks/request-sending.ts';

/** What the routes read and change. */
export type Dependencies = Readonly<{
  tenants: TenantRegistry;
  pushDefaults: PushDefaultsStore;
  limits: LimitStore;
  actions: ActionStore;
  campaigns: CampaignStore;
  campaignIndexes: CampaignIndexes;
  readReferences: ReadReferences;
  programs: ProgramStore;
  rules: RuleStore;
  ladders: LadderStore;
  cohorts: CohortStore;
  cohortLists: CohortLists;
  dynamicCohorts: DynamicCohorts;
  realTimeCohorts: Pick<RealTimeCohorts, 'schemas'>;
  /** A predicate that Postgres expects to cost more is refused. */
  cohortCostMax: number;
  cohortUploads: CohortUploads;
  requestRecompute: RequestRecompute;
  couponPools: CouponPools;
  memberships: CohortMemberships;
  events: Pick<EventStore, 'find'>;
  quests: QuestReader;
  questCache: Pick<QuestCache, 'read'>;
  campaignHistory: CampaignHistory;
  findCampaignSet: FindCampaignSet;
  incentives: Pick<IncentiveStore, 'find' | 'ofEvent' | 'page'>;
  requestReversal: RequestReversal;
  rewardLimits: LimitReader;
  webhooks: WebhookStore;
  deliveries: DeliveryLog;
  /** Encrypts the signing secrets of webhooks. */
  webhookSecrets: SecretBox;
  /** Which URLs webhooks may have. */
  webhookTargets: OutboundTargets;
  requestSending: RequestSending;
  erasures: Pick<Erasures, 'request' | 'find'>;
  /** Erases what is stored of a person who is marked as erased. */
  erasePerson: (person: Person) => Promise<void>;
  personalRecords: PersonalRecords;
  /**
   * Publishes events that a commit left in the outbox. Throws nothing: reconcile-rewards publishes
   * what stays there.
   */
  publish: (domainEvents: readonly DomainEvent[]) => Promise<void>;
  audit: AuditReader;
  earnings: EarningReader;
  afterCommit: AfterCommit;
  clock: Clock;
}>;
