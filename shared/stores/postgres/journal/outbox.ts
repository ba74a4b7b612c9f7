import { InvalidEvent } from '#shared/domain/errors.ts';
import { rowsOf, type Sql, type Transaction } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';

/**
 * An event in the outbox; its content is known only to its publisher. Its `time` comes back as a
 * Date.
 */
export type OutboxEvent = Readonly<{ id: string; time: Date }>;

/**
 * Writes events in the transaction that causes them, for commits that no redelivery would repeat.
 * They already have the correlation of their cause: a later publisher has only the row.
 */
export const addToOutbox = async (
  sql: Transaction,
  domainEvents: readonly OutboxEvent[],
): Promise<void> => {
  if (domainEvents.length === 0) return;
  const rows = domainEvents.map((domainEvent) => ({ id: domainEvent.id, domainEvent }));
  await sql`
    insert into outbox (fact_id, fact)
    select * from ${rowsOf(sql, { waiting: rows }, { id: 'uuid', domainEvent: 'jsonb' })}
    on conflict (fact_id) do nothing`;
};

/** An event that could not be published, and why. */
type Unpublished = Readonly<{ domainEvent: OutboxEvent; error: Error }>;

export type Outbox = Readonly<{
  /** Takes out what was published. Repeating is safe. */
  remove: (domainEvents: readonly Pick<OutboxEvent, 'id'>[]) => Promise<void>;
  /**
   * Keeps events that could not be published, whether they are in the outbox already or not. They
   * go to the end of the queue; one that failed with InvalidEvent is set aside until someone
   * retries it. Repeating is safe.
   */
  keep: (unpublished: readonly Unpublished[]) => Promise<void>;
  /**
   * Events that have been waiting for longer than `ageMs`, because they were not published at once:
   * the oldest first, those that have failed since after them.
   */
  overdue: (ageMs: number, eventsMax: number) => Promise<readonly OutboxEvent[]>;
}>;

/** Committed events that are not known to be published. */
export const outbox = (sql: Sql): Outbox => ({
  remove: async (domainEvents) => {
    if (domainEvents.length === 0) return;
    await withPostgres(
      async () =>
        sql`delete from outbox where fact_id = any(${domainEvents.map(({ id }) => id)}::uuid[])`,
    );
  },
  keep: async (unpublished) => {
    if (unpublished.length === 0) return;
    const rows = unpublished.map(({ domainEvent, error }) => ({
      id: domainEvent.id,
      domainEvent,
      refusal: refusalOf(error),
    }));
    // In one order, so that two transactions that keep the same events cannot deadlock.
    await withPostgres(
      async () => sql`
        insert into outbox (fact_id, fact, tried_at, refused_at, refusal)
        select distinct on (id) id, domain_event, now(), case when refusal is not null then now() end, refusal
        from ${rowsOf(sql, { unpublished: rows }, { id: 'uuid', domainEvent: 'jsonb', refusal: 'text' })}
        order by id
        on conflict (fact_id) do update set
          fact = excluded.fact, tried_at = excluded.tried_at, refused_at = excluded.refused_at, refusal = excluded.refusal`,
    );
  },
  overdue: async (ageMs, eventsMax) => {
    const rows = await withPostgres(
      async () => sql<{ domainEvent: OutboxEvent & { time: string } }[]>`
        select fact as domain_event from outbox
        where refused_at is null
          and created_at < now() - ${ageMs} * interval '1 millisecond'
        order by coalesce(tried_at, created_at) limit ${eventsMax}`,
    );
    return rows.map(({ domainEvent }) => ({ ...domainEvent, time: new Date(domainEvent.time) }));
  },
});

/** Why an event is never published, or null where publishing it again may succeed. */
export const refusalOf = (error: Error): string | null =>
  error instanceof InvalidEvent ? error.message : null;
