import type { Fragment } from 'postgres';
import { assert } from '#shared/domain/assert.ts';
import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import { keepCampaignSets } from '../campaigns/campaign-sets.ts';
import { rowsOf, type Sql } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { type CorrelationRow, toCorrelation } from '../journal/correlation-row.ts';
import type { OutboxEvent } from '../journal/outbox.ts';
import { isErased } from '../privacy/erased-persons.ts';
import {
  type EventKey,
  type EventRow,
  eventColumns,
  eventKey,
  readEvent,
  type StoredEvent,
  toStoredEvent,
  wantedEvent,
} from './event-rows.ts';
import {
  type Consequences,
  type EvaluatedEvent,
  type RecordedEvent,
  recordEvents,
} from './record-events.ts';
import { recordWithQuests } from './record-quests.ts';
import { type LostIncentive, type Reversal, type Reversed, reverseEvent } from './reverse-event.ts';

/** An evaluated event, and when it happened according to its producer, if given. */
export type EventToRecord = EvaluatedEvent & Readonly<{ givenAt: Date | undefined }>;

/**
 * The outcome of recording an event: `recorded` now; `replayed` from an earlier time with the same
 * content, with what was decided then; a `conflict`, if an event with different content is recorded
 * under the id; or `archived`, if the event under the id is so old that it is archived. Nothing is
 * changed in the last three cases. An event of an erased user is never a conflict.
 */
export type Recording = Readonly<
  | {
      kind: 'recorded' | 'replayed';
      recorded: RecordedEvent;
      /** Its reversal arrived at the same moment and is not applied yet. */
      awaitsReversal: Reversal | undefined;
    }
  | { kind: 'conflict'; stored: StoredEvent; field: EventConflict }
  | { kind: 'archived' }
>;

export type EventStore = Readonly<{
  /**
   * Records events together with the decisions of campaigns, each exactly once, however often and
   * concurrently it is repeated; the first decision is final. The events about what users qualified
   * for are in the outbox. Durable when it resolves. Returns one recording per event, in order.
   * @throws Unavailable when Postgres is not there; nothing is known then, and repeating is safe.
   */
  record: (
    events: readonly EventToRecord[],
    consequences: Consequences,
  ) => Promise<readonly Recording[]>;
  /**
   * Reverses an event, once, even before it arrives.
   * @throws RecordArchived when it came and was archived since
   */
  reverse: <DomainEvent extends OutboxEvent>(
    reversal: Reversal,
    eventOf: (incentive: LostIncentive) => DomainEvent,
  ) => Promise<Reversed<DomainEvent>>;
  /** @throws RecordArchived when it was recorded and archived since */
  find: (key: EventKey) => Promise<StoredEvent | undefined>;
}>;

/** Events of users, and the decisions about them. */
export const eventStore = (sql: Sql): EventStore => {
  const keepSets = keepCampaignSets(sql);
  return {
    record: (events, consequences) =>
      withPostgres(async () => {
        await keepSets(events.flatMap(({ decidedBy }) => decidedBy?.campaigns ?? []));
        return record(sql, events, consequences);
      }),
    reverse: (reversal, eventOf) => reverseEvent(sql, reversal, eventOf),
    find: (key) => withPostgres(() => readEvent(sql, key)),
  };
};

const record = async (
  sql: Sql,
  events: readonly EventToRecord[],
  consequences: Consequences,
): Promise<readonly Recording[]> => {
  if (events.length === 0) return [];
  const once = [...Map.groupBy(events, ({ event }) => eventKey(event)).values()].flatMap((same) =>
    same.slice(0, 1),
  );
  const first = new Set(once);
  const recorded = once.some(({ quests }) => quests.length > 0)
    ? await inTransaction(sql, (tx) => recordWithQuests(tx, once, consequences))
    : await recordEvents(sql, once, consequences);
  const isNew = (evaluated: EventToRecord) =>
    first.has(evaluated) && recorded.has(eventKey(evaluated.event));

  // After the commit, because the snapshot before is older than a row that it had to wait for, and
  // a reversal may have come at the same moment: it looks for the event as this looks for it, so
  // whichever is second sees the other.
  const repeats = events.filter((evaluated) => !isNew(evaluated));
  const [repeated, reversals] = await Promise.all([
    readRecordedEvents(sql, repeats),
    readEarlyReversals(
      sql,
      once.map(({ event }) => event),
    ),
  ]);
  const recordedBefore = new Map(repeats.map((repeat, index) => [repeat, repeated[index]]));
  return events.map((evaluated) => {
    const key = eventKey(evaluated.event);
    const own = isNew(evaluated) ? recorded.get(key) : undefined;
    if (own !== undefined) return toRecording('recorded', own, reversals.get(key));
    const found = recordedBefore.get(evaluated);
    assert(found, `an event that was not new is recorded: ${key}`);
    const { stored, conflict } = found;
    if (stored === undefined) return { kind: 'archived' };
    return conflict === undefined
      ? toRecording('replayed', stored, reversals.get(key))
      : { kind: 'conflict', stored, field: conflict };
  });
};

const toRecording = (
  kind: 'recorded' | 'replayed',
  recorded: RecordedEvent,
  reversal: Reversal | undefined,
): Recording => ({
  kind,
  recorded,
  awaitsReversal: recorded.reversedAt === undefined ? reversal : undefined,
});

/** A redelivered event; without `givenAt` its producer did not state when it happened. */
type Repeat = Readonly<{ event: ActionEvent; givenAt: Date | undefined }>;

/** The fields of the recorded event that a repeat conflicts with. */
type EventConflict = 'userId' | 'action' | 'occurredAt' | 'payload';

/**
 * The recorded event, undefined if it was archived, and the conflicting field of the repeat, if
 * any.
 */
type FoundEvent = Readonly<{
  stored: StoredEvent | undefined;
  conflict: EventConflict | undefined;
}>;

/** Reads the events recorded under the ids of repeats, in the order of the repeats. */
const readRecordedEvents = async (
  sql: Sql,
  repeats: readonly Repeat[],
): Promise<readonly (FoundEvent | undefined)[]> => {
  if (repeats.length === 0) return [];
  const wanted = repeats.map(({ event, givenAt }, place) => ({ ...event, givenAt, place }));
  const rows = await sql<
    (EventRow & { place: number; isArchived: boolean; conflict: EventConflict | null })[]
  >`
    select ${eventColumns(sql)}, place, event.event_id is null as is_archived,
      case
        when ${erased(sql, sql`wanted.user_id`)} or ${erased(sql, sql`event.user_id`)} then null
        when event.user_id <> wanted.user_id then 'userId'
        when event.action_code <> wanted.action then 'action'
        when event.event_ts <> wanted.given_at then 'occurredAt'
        when event.payload <> wanted.payload then 'payload'
      end as conflict
    from ${rowsOf(
      sql,
      { wanted },
      {
        ...{ tenantId: 'text', eventId: 'text', userId: 'text', action: 'text' },
        ...{ givenAt: 'timestamptz', payload: 'jsonb', place: 'integer' },
      },
    )}
    ${wantedEvent(sql)}`;
  const byPlace = new Map(rows.map((row) => [row.place, row]));
  return repeats.map((_repeat, index) => {
    const row = byPlace.get(index);
    if (row === undefined) return undefined;
    const stored = row.isArchived ? undefined : toStoredEvent(row);
    return { stored, conflict: row.conflict ?? undefined };
  });
};

const erased = (sql: Sql, person: Fragment): Fragment =>
  isErased(sql, { tenant: sql`wanted.tenant_id`, person });

/** Finds which events were reversed before they arrived, as far as is known now. */
const readEarlyReversals = async (
  sql: Sql,
  keys: readonly EventKey[],
): Promise<ReadonlyMap<string, Reversal>> => {
  if (keys.length === 0) return new Map();
  const rows = await sql<(Omit<Reversal, 'correlation'> & CorrelationRow)[]>`
    select tenant_id, event_id, early.cause, early.reversed_at, early.correlation_id,
      early.traceparent
    from ${rowsOf(sql, { wanted: keys }, { tenantId: 'text', eventId: 'text' })}
    cross join lateral (
      select cause, reversed_at, correlation_id, traceparent from early_reversals early
      where early.tenant_id = wanted.tenant_id and early.event_id = wanted.event_id
      limit 1) early`;
  return new Map(
    rows.map(({ correlationId, traceparent, ...row }) => [
      eventKey(row),
      { ...row, correlation: toCorrelation({ correlationId, traceparent }) },
    ]),
  );
};
