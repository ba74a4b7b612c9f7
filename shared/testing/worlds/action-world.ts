import { randomUUID } from 'node:crypto';
import { afterAll, expect } from 'vitest';
import { eventually } from '#scripts/services/eventually.ts';
import { assert } from '#shared/domain/assert.ts';
import type { ActionSchema } from '#shared/domain/campaigns/action-schema.ts';
import type { CampaignStatus, CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import { ActionPerformed, ActionReversed } from '#shared/eventing/contracts/tenant-events.ts';
import { campaignCache } from '#shared/rules/campaign-cache.ts';
import type { EventHandler, Outcome } from '#shared/runtime/events/event-handler.ts';
import { campaignIndex } from '#shared/stores/postgres/campaigns/campaign-index.ts';
import {
  insertCampaign,
  updateCampaign,
} from '#shared/stores/postgres/campaigns/write-campaign.ts';
import { cohortMemberships } from '#shared/stores/postgres/cohorts/cohort-memberships.ts';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { inTransaction } from '#shared/stores/postgres/driver/transaction.ts';
import { eventStore } from '#shared/stores/postgres/events/event-store.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import {
  announceChange,
  type ChangeNotices,
  changeNotices,
} from '#shared/stores/redis/change-notices.ts';
import { campaignChannel } from '#shared/stores/redis/driver/keys.ts';
import { deliver } from '../deliver.ts';
import { testDatabase, testRedisClient } from '../servers/servers.ts';
import { purchaseSchema } from './campaigns.ts';

/** A record as a producer writes it: an action, or the reversal of one. */
export type ActionRecord = Readonly<{ eventId?: string; reversedEventId?: string }>;

type Clients = Readonly<{ sql: Sql; notices: ChangeNotices }>;

/** What evaluate-campaign needs, with its own caches but without one of quests. */
export const evaluationParts = ({ sql, notices }: Clients) => ({
  sql,
  campaigns: campaignCache({ ...campaignIndex(sql), notices }),
  memberships: cohortMemberships(sql),
  events: eventStore(sql),
  outbox: outbox(sql),
  clock: () => new Date('2026-11-25T00:00:00Z'),
  questCache: { forget: () => Promise.resolve() },
  batchItemsMax: 100,
});

/**
 * evaluate-campaign on a database and a Redis of the test file, with stores as of two processes.
 */
export const actionWorld = async (
  compose: (parts: ReturnType<typeof evaluationParts>) => readonly EventHandler[],
  options: Readonly<{ url?: string }> = {},
) => {
  const url = options.url ?? (await testDatabase()).url;
  const redis = await testRedisClient();
  const parts = [1, 2].map(() => ({
    sql: connectPostgres({ url, max: 4 }),
    notices: changeNotices(redis, campaignChannel),
  }));
  const pods = parts.map((clients) => compose(evaluationParts(clients)));
  const [{ sql }] = parts as [Clients];
  afterAll(() => Promise.all(parts.flatMap((part) => [part.notices.close(), part.sql.end()])));
  const listen = () => parts.every(({ notices }) => notices.isListening());
  assert(await eventually(listen, { timeoutMs: 60_000, everyMs: 5 }), 'both pods hear of changes');

  return {
    sql,
    /** A new tenant with actions. */
    createTenant: async (schemas: readonly ActionSchema[] = [purchaseSchema]): Promise<string> => {
      const tenantId = `t-${randomUUID()}`;
      await sql`
        insert into tenants (tenant_id, name, currency, time_zone) values (${tenantId}, 'T', 'INR', 'Asia/Kolkata')`;
      for (const { action, version, description, fields } of schemas)
        await sql`
          insert into actions (tenant_id, action_code, version, description, fields, created_by)
          values (${tenantId}, ${action}, ${version}, ${description}, ${sql.json(fields)}, 'test')`;
      return tenantId;
    },
    /** Creates a campaign that is active at once. */
    createCampaign: async (tenantId: string, terms: CampaignTerms): Promise<string> => {
      const campaignId = randomUUID();
      await inTransaction(sql, async (tx) => {
        await insertCampaign(tx, { tenantId, campaignId }, { terms, subject: 'test' });
        await updateCampaign(tx, { campaignId }, { status: 'ACTIVE', subject: 'test' });
      });
      return campaignId;
    },
    /** Changes a campaign and notifies pods; resolves once every pod has been notified. */
    changeCampaign: async (
      tenantId: string,
      campaignId: string,
      change: Readonly<{ status?: CampaignStatus; terms?: CampaignTerms }>,
    ): Promise<void> => {
      await inTransaction(sql, (tx) =>
        updateCampaign(tx, { campaignId }, { ...change, subject: 'test' }),
      );
      const generations = () => parts.map(({ notices }) => notices.generation(tenantId));
      const before = generations();
      await announceChange(redis, campaignChannel, tenantId);
      await expect.poll(() => generations().some((each, pod) => each === before[pod])).toBe(false);
    },
    /**
     * Delivers records to a pod: actions that follow each other as one batch, reversals one by one.
     */
    deliver: async (records: readonly ActionRecord[], pod = 0): Promise<readonly Outcome[]> => {
      const outcomes: Outcome[] = [];
      for (const run of runsOf(records)) {
        const contract = isReversal(run[0]) ? ActionReversed : ActionPerformed;
        outcomes.push(...(await deliver(pods[pod]!, contract, run)));
      }
      return outcomes;
    },
  };
};

const isReversal = (record: ActionRecord | undefined): boolean =>
  record?.reversedEventId !== undefined;

const runsOf = (records: readonly ActionRecord[]): ActionRecord[][] => {
  const runs: ActionRecord[][] = [];
  for (const record of records) {
    const last = runs.at(-1);
    if (last !== undefined && !isReversal(record) && !isReversal(last[0])) last.push(record);
    else runs.push([record]);
  }
  return runs;
};
