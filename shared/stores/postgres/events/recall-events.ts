import type { ActionEvent } from '#shared/domain/campaigns/action-event.ts';
import type { Sql } from '../driver/connect.ts';
import { rowsOf } from '../driver/rows-of.ts';
import { type CorrelationRow, toCorrelation } from '../journal/correlation-row.ts';
import {
  type EventKey,
  type EventRow,
  eventColumns,
  eventKey,
  type StoredEvent,
  toStoredEvent,
  wantedEvent,
} from './event-rows.ts';
import type { Reversal } from './reverse-event.ts';

/** An event as it came again; without `givenAt` its producer did not say when it happened. */
export type Repeat = Readonly<{ event: ActionEvent; givenAt: Date | undefined }>;

/** What a repeat contradicts of the event that stands. */
export type EventConflict = 'userId' | 'action' | 'occurredAt' | 'payload';

/**
 * The event that stands, undefined where it was archived, and what the repeat contradicts, if
 * anything.
 */
type Recalled = Readonly<{
  stored: StoredEvent | undefined;
  conflict: EventConflict | undefined;
}>;

/** Reads the events that stand under the ids of repeats, in the order of the repeats. */
export const recallEvents = async (
  sql: Sql,
  repeats: readonly Repeat[],
): Promise<readonly (Recalled | undefined)[]> => {
  if (repeats.length === 0) return [];
  const wanted = repeats.map(({ event, givenAt }, place) => ({ ...event, givenAt, place }));
  const rows = await sql<
    (EventRow & { place: number; isArchived: boolean; conflict: EventConflict | null })[]
  >`
    select ${eventColumns(sql)}, place, event.event_id is null as is_archived,
      case
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

/** Finds which events were taken back before they came, as far as is known now. */
export const readEarlyReversals = async (
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
