import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import type { CampaignDecision } from '#shared/domain/campaigns/decision.ts';
import type { Qualification } from '#shared/domain/campaigns/qualification.ts';
import type { Sql, Transaction } from './connect.ts';
import { type EventKey, eventKey, qualificationsJson } from './event-rows.ts';
import type { OutboxFact } from './outbox.ts';

/** An event with what is to be recorded of it, and the facts that are true once it is. */
export type NewEvent = Readonly<{
  event: ActionEvent;
  decisions: readonly CampaignDecision[];
  qualified: readonly Qualification[];
  facts: readonly OutboxFact[];
}>;

/** An event with what is decided of it in the end. */
export type Rewritten = Omit<NewEvent, 'facts'>;

/** An event that was recorded now; one that had been taken back before it came, with nothing decided. */
type Inserted = EventKey & Readonly<{ reversedAt: Date | null }>;

/**
 * Records the events that are new, with their users and, in the outbox, their facts, all in one statement, and returns those by event key; an
 * event that stands is not among them. Each may come once.
 *
 * All users go in key order before any event, and the events in key order, so two batches that overlap wait for each other but never in a
 * circle.
 */
export const insertEvents = async (
  sql: Sql | Transaction,
  events: readonly NewEvent[],
): Promise<ReadonlyMap<string, Inserted>> => {
  const facts = events.flatMap(({ event, facts: own }) => own.map((fact) => ({ event, fact })));
  const rows = await sql<Inserted[]>`
    with input as (select * from ${inputOf(sql, events)}), new_users as (
      insert into users (tenant_id, user_id) select distinct tenant_id, user_id from input order by 1, 2
      on conflict do nothing returning user_id
    ), inserted as (
      insert into events (tenant_id, event_id, user_id, action_code, event_ts, payload, extensions, schema_version,
        decisions, qualifications, cause, reversed_at)
      select input.tenant_id, input.event_id, user_id, action_code, event_ts, payload::jsonb, extensions::jsonb, schema_version,
        case when early.reversed_at is null then decisions::jsonb else '[]' end,
        case when early.reversed_at is null then qualifications::jsonb end, cause, early.reversed_at
      from input left join lateral (
        select reversed_at from early_reversals early
        where early.tenant_id = input.tenant_id and early.event_id = input.event_id
        limit 1) early on true
      where (select count(*) from new_users) >= 0 -- asked for the users to go first
      order by input.tenant_id, input.event_id
      on conflict do nothing
      returning tenant_id, event_id, reversed_at
    ) ${facts.length === 0 ? sql`` : sql`, said as (${sayFacts(sql, facts)})`}
    select tenant_id as "tenantId", event_id as "eventId", reversed_at as "reversedAt" from inserted`;
  return new Map(rows.map((row) => [eventKey(row), row]));
};

/** Puts other decisions in the place of those that were recorded in the same transaction. */
export const rewriteDecisions = async (
  tx: Transaction,
  events: readonly Rewritten[],
): Promise<void> => {
  // The rows stand: an insert that conflicts finds each by its key, whatever the planner thinks of the table.
  await tx`
    insert into events (tenant_id, event_id, user_id, action_code, event_ts, payload, decisions, qualifications, cause)
    select tenant_id, event_id, user_id, action_code, event_ts, payload::jsonb, decisions::jsonb, qualifications::jsonb, cause
    from ${inputOf(tx, events)}
    on conflict (tenant_id, event_id) do update set
      decisions = excluded.decisions, qualifications = excluded.qualifications`;
};

const inputOf = (sql: Sql | Transaction, events: readonly Rewritten[]) => {
  const column = <Value>(value: (event: ActionEvent) => Value) =>
    events.map(({ event }) => value(event));
  return sql`
    unnest(
      ${column(({ tenantId }) => tenantId)}::text[], ${column(({ eventId }) => eventId)}::text[],
      ${column(({ userId }) => userId)}::text[], ${column(({ action }) => action)}::text[],
      ${column(({ occurredAt }) => occurredAt.toISOString())}::timestamptz[],
      ${column(({ payload }) => JSON.stringify(payload))}::text[],
      ${column(({ extensions }) => (extensions === undefined ? null : JSON.stringify(extensions)))}::text[],
      ${column(({ schemaVersion }) => schemaVersion ?? null)}::integer[],
      ${events.map(({ decisions }) => JSON.stringify(decisions))}::text[],
      ${events.map(({ qualified }) => qualificationsJson(qualified))}::text[],
      ${column(({ cause }) => cause)}::text[])
    as input (tenant_id, event_id, user_id, action_code, event_ts, payload, extensions, schema_version,
      decisions, qualifications, cause)`;
};

type EventFact = Readonly<{ event: EventKey; fact: OutboxFact }>;

const sayFacts = (sql: Sql | Transaction, facts: readonly EventFact[]) => sql`
  insert into outbox (fact_id, fact)
  select fact_id, fact::jsonb
  from unnest(
    ${facts.map(({ event }) => event.tenantId)}::text[], ${facts.map(({ event }) => event.eventId)}::text[],
    ${facts.map(({ fact }) => fact.id)}::uuid[], ${facts.map(({ fact }) => JSON.stringify(fact))}::text[])
    as said (tenant_id, event_id, fact_id, fact)
  join inserted using (tenant_id, event_id)
  where inserted.reversed_at is null
  on conflict (fact_id) do nothing`;
