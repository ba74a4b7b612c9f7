import { randomUUID } from 'node:crypto';
import { assert } from '#shared/domain/assert.ts';
import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import {
  type ChangeRefusal,
  type ChangeRequest,
  type ChangeTerms,
  decideChange,
} from '#shared/domain/campaigns/decide-change.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { addToOutbox, type OutboxEvent } from '../journal/outbox.ts';
import { madeBy, recordChange } from '../journal/record-change.ts';
import { lockActionLoads } from './action-loads.ts';
import {
  type CampaignFilter,
  type CampaignKey,
  type CampaignPage,
  pageCampaigns,
  readCampaign,
  type StoredCampaign,
} from './campaign-rows.ts';
import { toTerms } from './terms-rows.ts';
import { insertCampaign, isCurrent, updateCampaign } from './write-campaign.ts';

/** A version of a campaign, as it was saved. */
export type CampaignVersion = Readonly<{
  version: number;
  terms: CampaignTerms;
  createdAt: Date;
  createdBy: string;
}>;

/** A campaign after a change, with the event to publish; no event if nothing changed. */
export type CampaignOutcome<DomainEvent> = Readonly<{
  campaign: StoredCampaign;
  domainEvents: readonly DomainEvent[];
}>;

/** The same, or why it was not done. */
export type CampaignChange<DomainEvent> =
  | (CampaignOutcome<DomainEvent> & Readonly<{ kind: 'done' }>)
  | Readonly<{ kind: 'refused'; refusal: ChangeRefusal }>;

/** A campaign to save as a draft. */
export type NewCampaign = Readonly<{
  tenantId: string;
  terms: CampaignTerms;
  createdBy: string;
  requestKey: string;
  /** The campaign whose terms these were, so that one request makes one copy. */
  copyOf?: string;
}>;

/** Builds the event of a change; the same change always gives the same event. */
type DomainEventOf<DomainEvent> = (campaign: StoredCampaign, change: string) => DomainEvent;

/** A request to change a campaign, and by whom. */
type Changing = ChangeTerms & Readonly<{ subject: string; request: ChangeRequest }>;

/** Every change is committed together with its row in the change log and its event. */
export type CampaignStore = Readonly<{
  find: (key: CampaignKey) => Promise<StoredCampaign | undefined>;
  page: (
    tenantId: string,
    query: Readonly<{ filter: CampaignFilter; page: CampaignPage }>,
  ) => Promise<readonly StoredCampaign[]>;
  /**
   * Versions from the newest to the oldest, those `below` a number; none of another tenant's
   * campaign.
   */
  versions: (
    key: CampaignKey,
    page: Readonly<{ limit: number; below?: number | undefined }>,
  ) => Promise<readonly CampaignVersion[]>;
  version: (
    key: CampaignKey & Readonly<{ version: number }>,
  ) => Promise<CampaignVersion | undefined>;
  /** Saves a draft, the same one for the same request. Undefined where there is no such tenant. */
  create: <DomainEvent extends OutboxEvent>(
    campaign: NewCampaign,
    domainEventOf: DomainEventOf<DomainEvent>,
  ) => Promise<CampaignOutcome<DomainEvent> | undefined>;
  /**
   * Changes a campaign as decideChange decides; it is locked meanwhile. Terms that are the current
   * ones make no new version. Undefined where the tenant has no such campaign.
   */
  change: <DomainEvent extends OutboxEvent>(
    key: CampaignKey,
    changing: Changing,
    domainEventOf: DomainEventOf<DomainEvent>,
  ) => Promise<CampaignChange<DomainEvent> | undefined>;
}>;

/** Campaigns with their immutable versions. */
export const campaignStore = (sql: Sql): CampaignStore => ({
  find: (key) => withPostgres(() => readCampaign(sql, key)),
  page: (tenantId, query) => withPostgres(() => pageCampaigns(sql, tenantId, query)),
  versions: (key, page) => withPostgres(() => readVersions(sql, key, page)),
  version: ({ version, ...key }) =>
    withPostgres(async () => (await readVersions(sql, key, { limit: 1, version }))[0]),
  create: (campaign, domainEventOf) =>
    inTransaction(sql, (tx) => create(tx, campaign, domainEventOf)),
  change: (key, changing, domainEventOf) =>
    inTransaction(sql, (tx) => change(tx, key, { ...changing, domainEventOf })),
});

type VersionQuery = Readonly<{
  limit: number;
  below?: number | undefined;
  version?: number;
}>;

const readVersions = async (
  sql: Sql,
  { tenantId, campaignId }: CampaignKey,
  { limit, below, version }: VersionQuery,
): Promise<readonly CampaignVersion[]> => {
  const rows = await sql<(Omit<CampaignVersion, 'terms'> & { terms: unknown })[]>`
    select version, terms, created_at, created_by from campaign_versions
    where tenant_id = ${tenantId} and campaign_id = ${campaignId}
      ${below === undefined ? sql`` : sql`and version < ${below}`}
      ${version === undefined ? sql`` : sql`and version = ${version}`}
    order by version desc limit ${limit}`;
  return rows.map((row) => ({ ...row, terms: toTerms(row.terms) }));
};

const create = async <DomainEvent extends OutboxEvent>(
  tx: Transaction,
  { tenantId, terms, createdBy: subject, requestKey, copyOf }: NewCampaign,
  domainEventOf: DomainEventOf<DomainEvent>,
): Promise<CampaignOutcome<DomainEvent> | undefined> => {
  // The lock on the tenant lets a concurrent repetition of a request find what the first one
  // created.
  const locked = await tx`select from tenants where tenant_id = ${tenantId} for no key update`;
  if (locked.count === 0) return undefined;
  const resourcePrefix = 'campaigns/';
  const action = 'campaign.created';
  const making = { tenantId, subject, requestKey, action, after: { terms, copyOf } };
  const made = await madeBy(tx, { ...making, resourcePrefix });
  if (made !== undefined) {
    const key = { tenantId, campaignId: made.slice(resourcePrefix.length) };
    return { campaign: await readLocked(tx, key), domainEvents: [] };
  }
  const key = { tenantId, campaignId: randomUUID() };
  await insertCampaign(tx, key, { terms, subject });
  await recordChange(tx, { ...making, resource: `${resourcePrefix}${key.campaignId}` });
  const campaign = await readLocked(tx, key);
  return { campaign, domainEvents: await leave(tx, domainEventOf(campaign, 'created')) };
};

const change = async <DomainEvent extends OutboxEvent>(
  tx: Transaction,
  key: CampaignKey,
  {
    subject,
    request,
    domainEventOf,
    ...terms
  }: Changing & Readonly<{ domainEventOf: DomainEventOf<DomainEvent> }>,
): Promise<CampaignChange<DomainEvent> | undefined> => {
  const { costs } = terms;
  const active = costs === undefined ? [] : await lockActionLoads(tx, key, Object.keys(costs));
  const before = await readCampaign(tx, key, { hold: true });
  if (before === undefined) return undefined;
  const decision = decideChange(before, request, { ...terms, active });
  if (decision.kind === 'refused') return decision;
  if (decision.kind === 'unchanged' || (await isCurrent(tx, key, decision.terms))) {
    return { kind: 'done', campaign: before, domainEvents: [] };
  }
  const { kind: _kind, change, ...changed } = decision;
  await updateCampaign(tx, key, { ...changed, subject, costs });
  const campaign = await readLocked(tx, key);
  await recordChange(tx, {
    tenantId: key.tenantId,
    subject,
    action: `campaign.${change}`,
    resource: `campaigns/${key.campaignId}`,
    before: inAudit(before, changed.terms),
    after: inAudit(campaign, changed.terms),
  });
  return { kind: 'done', campaign, domainEvents: await leave(tx, domainEventOf(campaign, change)) };
};

/** What the audit shows of a campaign: its terms where they changed. */
const inAudit = (campaign: StoredCampaign, changed: CampaignTerms | undefined): object => {
  const { status, version, archivedAt, terms } = campaign;
  return { status, version, archivedAt, ...(changed && { terms }) };
};

const readLocked = async (tx: Transaction, key: CampaignKey): Promise<StoredCampaign> => {
  const campaign = await readCampaign(tx, key);
  assert(campaign, 'a campaign that is locked or was created exists');
  return campaign;
};

const leave = async <DomainEvent extends OutboxEvent>(
  tx: Transaction,
  domainEvent: DomainEvent,
): Promise<readonly DomainEvent[]> => {
  await addToOutbox(tx, [domainEvent]);
  return [domainEvent];
};
