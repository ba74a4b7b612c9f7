import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import type { EventDecision, QuestHit } from '#shared/domain/campaigns/decide-event.ts';
import type { DecidedBy } from '#shared/domain/campaigns/decided-by.ts';
import type { CampaignDecision } from '#shared/domain/campaigns/decision.ts';
import type { Entitlement, Qualification } from '#shared/domain/campaigns/qualification.ts';
import type { Correlation } from '#shared/domain/correlation.ts';
import type { NewCompletion } from '#shared/domain/quests/advance-quest.ts';
import { campaignSetKey } from '../campaigns/campaign-sets.ts';
import { rowsOf, type Sql, type Transaction } from '../driver/connect.ts';
import type { OutboxEvent } from '../journal/outbox.ts';
import { isErased } from '../privacy/erased-persons.ts';
import {
  type EventKey,
  entitlementRows,
  eventKey,
  type StoredEvent,
  toDecisionRow,
} from './event-rows.ts';
import type { QuestKey } from './quest-rows.ts';

/** An event with the decisions of campaigns, and the quests of which it met steps. */
export type EvaluatedEvent = Pick<EventDecision, 'decisions' | 'entitlements'> &
  Readonly<{
    event: ActionEvent;
    quests: readonly EvaluatedHit[];
    /**
     * What the decisions that are not recorded can be recomputed from; undefined if all are
     * recorded.
     */
    decidedBy?: DecidedBy | undefined;
    /** The id under which the results of the event are published. */
    correlation?: Correlation | undefined;
  }>;

/** Steps of a quest that an event met, with the key of the rule. */
export type EvaluatedHit = QuestHit & Readonly<{ ruleKey: string }>;

/** Builds what follows from a recorded event; the same input always gives the same result. */
export type Consequences = Readonly<{
  /** What a completion of a quest qualifies for; undefined where it gives nothing. */
  qualificationOf: (
    key: QuestKey,
    hit: QuestHit,
    completion: NewCompletion,
  ) => Qualification | undefined;
  /** What is to be published of an event and what it entitles to. */
  eventsOf: (
    recorded: Pick<EvaluatedEvent, 'event' | 'entitlements' | 'correlation'>,
  ) => readonly OutboxEvent[];
}>;

/** The outcome of recording an event. */
export type RecordedEvent = Pick<
  StoredEvent,
  'event' | 'decisions' | 'entitlements' | 'reversedAt'
>;

/**
 * Records the events that are new, in one statement, and returns them by event key. It records
 * nothing of quests, and publishes nothing of events that met steps: the code that counts these
 * does. Each event may come once.
 */
export const recordEvents = async (
  sql: Sql | Transaction,
  events: readonly EvaluatedEvent[],
  { eventsOf }: Pick<Consequences, 'eventsOf'>,
): Promise<ReadonlyMap<string, RecordedEvent>> => {
  const inserted = await insertEvents(
    sql,
    events.map((evaluated) => ({
      ...evaluated,
      domainEvents: evaluated.quests.length === 0 ? eventsOf(evaluated) : [],
    })),
  );
  return new Map(
    events.flatMap((evaluated) => {
      const key = eventKey(evaluated.event);
      const row = inserted.get(key);
      return row === undefined ? [] : [[key, recordedEvent(evaluated, row)]];
    }),
  );
};

const recordedEvent = (
  { event, decisions, entitlements }: EvaluatedEvent,
  { reversedAt, isErased: hasNone }: Inserted,
): RecordedEvent =>
  reversedAt === null && !hasNone
    ? { event, decisions, entitlements, reversedAt: undefined }
    : { event, decisions: [], entitlements: [], reversedAt: reversedAt ?? undefined };

/** An event with what is recorded of it, and the events to publish then. */
type NewEvent = Readonly<{
  event: ActionEvent;
  decisions: readonly CampaignDecision[];
  entitlements: readonly Entitlement[];
  decidedBy?: DecidedBy | undefined;
  domainEvents: readonly OutboxEvent[];
}>;

/** An event with its final decisions. */
export type Rewritten = Omit<NewEvent, 'domainEvents'>;

/**
 * A recorded event; one that had been reversed before it arrived, or whose user is erased, has no
 * decisions.
 */
type Inserted = EventKey & Readonly<{ reversedAt: Date | null; isErased: boolean }>;

/**
 * Records the events that are new, with their users and, in the outbox, the events to publish, all
 * in one statement, and returns those by event key; an event that was recorded before is not among
 * them. Each may come once. Its key decides whether it is new, since keys stay when events are
 * archived. Of a user who is erased only that the event happened is recorded.
 *
 * All users go in key order before any event, and the keys of events in key order, so two batches
 * that overlap wait for each other but never in a circle.
 */
const insertEvents = async (
  sql: Sql | Transaction,
  events: readonly NewEvent[],
): Promise<ReadonlyMap<string, Inserted>> => {
  const domainEvents = events.flatMap(({ event, domainEvents: own }) =>
    own.map((domainEvent) => ({ ...event, domainEventId: domainEvent.id, domainEvent })),
  );
  const rows = await sql<Inserted[]>`
    with input as materialized (
      select *, ${isErased(sql, { tenant: sql`input.tenant_id`, person: sql`input.user_id` })} as is_erased
      from ${inputOf(sql, events)}
    ), new_users as (
      insert into users (tenant_id, user_id) select distinct tenant_id, user_id from input where not is_erased order by 1, 2
      on conflict do nothing returning user_id
    ), claimed as (
      insert into event_keys (tenant_id, event_id) select tenant_id, event_id from input
      where (select count(*) from new_users) >= 0 -- asked for the users to go first
      order by tenant_id, event_id
      on conflict do nothing
      returning tenant_id, event_id, received_at
    ), inserted as (
      insert into events (tenant_id, event_id, received_at, user_id, action_code, event_ts, payload, extensions,
        schema_version, decisions, qualifications, campaign_set, judged_at, cohorts, cause, reversed_at)
      select claimed.tenant_id, claimed.event_id, claimed.received_at, user_id, action_code, event_ts,
        case when is_erased then '{}' else payload end, case when not is_erased then extensions end, schema_version,
        case when early.reversed_at is null and not is_erased then decisions else '[]' end,
        case when early.reversed_at is null and not is_erased then qualifications end,
        case when early.reversed_at is null and not is_erased then campaign_set end, judged_at,
        case when not is_erased then cohorts end, cause, early.reversed_at
      from input join claimed using (tenant_id, event_id) left join lateral (
        select reversed_at from early_reversals early
        where early.tenant_id = claimed.tenant_id and early.event_id = claimed.event_id
        limit 1) early on true
      returning tenant_id, event_id, reversed_at
    ) ${domainEvents.length === 0 ? sql`` : sql`, outboxed as (${leaveEvents(sql, domainEvents)})`}
    select tenant_id, event_id, reversed_at, is_erased from inserted join input using (tenant_id, event_id)`;
  return new Map(rows.map((row) => [eventKey(row), row]));
};

/** Replaces decisions that were recorded in the same transaction. */
export const rewriteDecisions = async (
  tx: Transaction,
  events: readonly Rewritten[],
): Promise<void> => {
  // The rows exist: an insert that conflicts finds each by its key, whatever plan the planner would
  // choose.
  await tx`
    insert into events (tenant_id, event_id, received_at, user_id, action_code, event_ts, payload, decisions, qualifications, cause)
    select tenant_id, event_id, now(), user_id, action_code, event_ts, payload, decisions, qualifications, cause
    from ${inputOf(tx, events)}
    on conflict (tenant_id, event_id, received_at) do update set
      decisions = excluded.decisions, qualifications = excluded.qualifications`;
};

/**
 * One document for all of them: as arrays, the many quotes of the decisions would be escaped one by
 * one.
 */
const inputOf = (sql: Sql | Transaction, events: readonly Rewritten[]) => {
  const rows = events.map(({ event, decisions, entitlements, decidedBy }) => ({
    tenant_id: event.tenantId,
    event_id: event.eventId,
    user_id: event.userId,
    action_code: event.action,
    event_ts: event.occurredAt,
    payload: event.payload,
    extensions: event.extensions,
    schema_version: event.schemaVersion,
    decisions: decisions.map(toDecisionRow),
    qualifications: entitlementRows(entitlements),
    campaign_set: decidedBy && campaignSetKey(decidedBy.campaigns),
    judged_at: decidedBy?.decidedAt,
    cohorts: decidedBy?.cohorts.length === 0 ? undefined : decidedBy?.cohorts,
    cause: event.cause,
  }));
  return sql`
    json_to_recordset(${JSON.stringify(rows)}::text::json) as input (tenant_id text, event_id text, user_id text,
      action_code text, event_ts timestamptz, payload jsonb, extensions jsonb, schema_version integer,
      decisions jsonb, qualifications jsonb, campaign_set uuid, judged_at timestamptz, cohorts text[], cause text)`;
};

type CausedEvent = EventKey & Readonly<{ domainEventId: string; domainEvent: OutboxEvent }>;

const leaveEvents = (sql: Sql | Transaction, domainEvents: readonly CausedEvent[]) => sql`
  insert into outbox (fact_id, fact)
  select domain_event_id, domain_event
  from ${rowsOf(sql, { unpublished: domainEvents }, { tenantId: 'text', eventId: 'text', domainEventId: 'uuid', domainEvent: 'jsonb' })}
  join inserted using (tenant_id, event_id)
  join input using (tenant_id, event_id)
  where inserted.reversed_at is null and not is_erased
  on conflict (fact_id) do nothing`;
