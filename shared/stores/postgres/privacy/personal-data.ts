import type { Fragment } from 'postgres';
import type { Transaction } from '../driver/connect.ts';
import type { Person } from './person.ts';

/** A table with personal data, and how a bounded number of a person's rows is erased. */
export type PersonalTable = Readonly<{
  table: string;
  /** Deletes or redacts rows that are not yet; a row that is done is not touched again. */
  erase: (tx: Transaction, person: Person, rowsMax: number) => Fragment;
}>;

/** Every table that is deleted by the id of its user, with its key. */
const deleted = (table: string, key: string, person: 'user_id' | 'customer_id'): PersonalTable => ({
  table,
  erase: (tx, { tenantId, personId }, rowsMax) => tx`
    delete from ${tx(table)} where (tenant_id, ${tx.unsafe(key)}) in (
      select tenant_id, ${tx.unsafe(key)} from ${tx(table)}
      where tenant_id = ${tenantId} and ${tx(person)} = ${personId} limit ${rowsMax})`,
});

/**
 * Progress in quests: the rows of a user are found by the tenant's quests, whose keys lead with
 * them.
 */
const deletedByQuest = (table: string): PersonalTable => ({
  table,
  erase: (tx, { tenantId, personId }, rowsMax) => tx`
    delete from ${tx(table)} where (tableoid, ctid) in (
      select own.tableoid, own.ctid from campaigns cross join lateral (
        select tableoid, ctid from ${tx(table)} row
        where row.tenant_id = campaigns.tenant_id and row.campaign_id = campaigns.campaign_id
          and row.user_id = ${personId}
        limit ${rowsMax}) own
      where campaigns.tenant_id = ${tenantId} and type = 'QUEST' limit ${rowsMax})
      and tenant_id = ${tenantId} and user_id = ${personId}`,
});

/**
 * Events keep their row and entitlements, so that a redelivery is recognized and publishes the same
 * again; their content and everything derived from it is removed.
 */
export const redactedEvents = (table: string): PersonalTable => ({
  table: 'events',
  erase: (tx, { tenantId, personId }, rowsMax) => tx`
    update ${tx(table)} event set payload = '{}', extensions = null, campaign_set = null, judged_at = null,
      cohorts = null, decisions = ${withoutClauses(tx)}
    where (tenant_id, event_id, received_at) in (
      select tenant_id, event_id, received_at from ${tx(table)} event
      where tenant_id = ${tenantId} and user_id = ${personId} and ${isPersonal(tx)} limit ${rowsMax})
      and ${isPersonal(tx)}`,
});

/** Whether an `event` has anything that erasing removes. */
const isPersonal = (tx: Transaction) => tx`
  (payload <> '{}' or num_nonnulls(extensions, campaign_set, judged_at, cohorts) > 0
    or decisions <> ${withoutClauses(tx)})`;

/** Decisions without the results of clauses, whose errors may quote what was sent. */
const withoutClauses = (tx: Transaction) => tx`
  (select coalesce(jsonb_agg(case
    when jsonb_typeof(decision) = 'array' and jsonb_array_length(decision) > 3 then jsonb_set(decision, '{3}', 'null')
    else decision end order by place), '[]')
  from jsonb_array_elements(event.decisions) with ordinality own (decision, place))`;

/**
 * The tables that are erased, in an order in which no remaining row recreates erased ones. Not
 * here: the ledger, balances, lots, usage of caps and incentives, which are kept under the id of
 * the person (docs/privacy.md).
 */
export const personalTables: readonly PersonalTable[] = [
  {
    // The request destroyed the key; this destroys one that a transaction in flight made.
    table: 'person_keys',
    erase: (tx, { tenantId, personId }) => tx`
      delete from person_keys
      where tenant_id = ${tenantId} and person = person_digest(${tenantId}, ${personId})`,
  },
  {
    // A trigger deletes what is derived from a record.
    table: 'customer_records',
    erase: (tx, { tenantId, personId }, rowsMax) => {
      const [, source = '', recordId = ''] = /^record:(dotnet|store):(.*)$/s.exec(personId) ?? [];
      return tx`
        delete from customer_records where record_no in (
          select record_no from customer_records
          where tenant_id = ${tenantId} and (account_id = ${personId}
            or (source = ${source} and record_id = ${recordId}))
          limit ${rowsMax})`;
    },
  },
  {
    table: 'customers',
    erase: (tx, { tenantId, personId }) => tx`
      update customers set details = null, name_phone = null, erased_at = now()
      where tenant_id = ${tenantId} and erased_at is null
        and customer_id = ${/^customer:(\d{1,15})$/.exec(personId)?.[1] ?? 0}`,
  },
  redactedEvents('events'),
  deletedByQuest('user_aggregations'),
  deletedByQuest('quest_checkpoints'),
  deletedByQuest('quest_progress'),
  deleted('users', 'user_id', 'user_id'),
  deleted('mobile_pushes', 'user_id, message_id', 'user_id'),
  deleted('push_devices', 'token', 'user_id'),
  deleted('push_preferences', 'user_id', 'user_id'),
  deleted('unpublished_inboxes', 'user_id', 'user_id'),
  deleted('inbox_messages', 'user_id, position', 'user_id'),
  deleted('inboxes', 'user_id', 'user_id'),
  {
    table: 'webhook_deliveries',
    erase: (tx, { tenantId, personId }, rowsMax) => tx`
      delete from webhook_deliveries where (webhook_id, event_id) in (
        select webhook_id, event_id from webhook_deliveries join webhooks using (webhook_id)
        where tenant_id = ${tenantId} and kind = 'EVENT' and delivery_persons(body) @> array[${personId}::text]
        limit ${rowsMax})`,
  },
  {
    // Past orders are recomputed with the memberships that promotions use, so these are only ended.
    table: 'cohort_members',
    erase: (tx, { tenantId, personId }, rowsMax) => tx`
      delete from cohort_members member where (tenant_id, customer_id, cohort, since) in (
        select tenant_id, customer_id, cohort, since from cohort_members own
        where tenant_id = ${tenantId} and customer_id = ${personId} and (since > now() or not exists (
          select from earning_rules rule, jsonb_array_elements(terms -> 'promotions') promotion
          where rule.tenant_id = own.tenant_id and promotion ->> 'cohort' = own.cohort))
        limit ${rowsMax})`,
  },
  {
    table: 'cohort_members',
    erase: (tx, { tenantId, personId }) => tx`
      update cohort_members set until = now()
      where tenant_id = ${tenantId} and customer_id = ${personId} and since < now() and until > now()`,
  },
  deleted('real_time_members', 'customer_id, cohort', 'customer_id'),
  {
    table: 'cohort_staged_members',
    erase: (tx, { tenantId, personId }) => tx`
      delete from cohort_staged_members staged using cohort_changes change
      where change.tenant_id = ${tenantId} and not is_swept and staged.change_id = change.change_id
        and customer_id = ${personId}`,
  },
  {
    // Responses to the user; responses to others about the user are deleted within a day.
    table: 'idempotent_requests',
    erase: (tx, { tenantId, personId }, rowsMax) => tx`
      delete from idempotent_requests where (tenant_id, subject, key) in (
        select tenant_id, subject, key from idempotent_requests
        where tenant_id = ${tenantId} and subject = ${personId} limit ${rowsMax})`,
  },
];
