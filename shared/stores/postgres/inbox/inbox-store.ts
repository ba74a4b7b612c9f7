import {
  type InboxMessage,
  type InboxUser,
  inboxDays,
  type NewInboxMessage,
} from '#shared/domain/inbox/inbox-message.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { withPostgres } from '../driver/postgres-error.ts';
import { inTransaction } from '../driver/transaction.ts';

/** Every method throws Unavailable when Postgres is unavailable; repeating is safe. */
export type InboxStore = Readonly<{
  /**
   * Appends messages to the inboxes of their users, each once however often and wherever at the
   * same time it is delivered, in the order given, at positions without gaps. Returns the messages
   * with their positions, also those appended before; one whose event is older than `inboxDays` is
   * not among them.
   */
  append: (messages: readonly NewInboxMessage[]) => Promise<readonly InboxMessage[]>;
  /**
   * The messages after a position, the oldest first. They begin later where older ones are no
   * longer kept.
   */
  after: (user: InboxUser, position: number, max: number) => Promise<readonly InboxMessage[]>;
  /** The position of the newest message of each user, in order; 0 for an empty inbox. */
  newest: (users: readonly InboxUser[]) => Promise<readonly number[]>;
  /**
   * Removes up to so many messages that are older than `inboxDays`, and returns how many it
   * removed.
   */
  removeExpired: (max: number) => Promise<number>;
}>;

/** The inboxes of users. */
export const inboxStore = (sql: Sql): InboxStore => ({
  append: async (messages) =>
    messages.length === 0 ? [] : inTransaction(sql, (tx) => append(tx, messages)),

  after: ({ tenantId, userId }, position, max) =>
    withPostgres(
      async () => sql<InboxMessage[]>`
        select ${messageColumns(sql)} from inbox_messages message
        where tenant_id = ${tenantId} and user_id = ${userId} and position > ${position}
        order by position limit ${max}`,
    ),

  newest: async (users) => {
    if (users.length === 0) return [];
    const rows = await withPostgres(
      async () => sql<{ position: number }[]>`
        select coalesce(inbox.last_position, 0)::bigint as position
        from ${usersGiven(sql, users)} left join lateral (
          select last_position from inboxes inbox
          where inbox.tenant_id = given.tenant_id and inbox.user_id = given.user_id limit 1) inbox on true
        order by place`,
    );
    return rows.map(({ position }) => position);
  },

  removeExpired: async (max) => {
    const rows = await withPostgres(
      // An hour later than `append` begins to refuse them, so that no clock lets one in again.
      async () => sql`
        with expired as (
          select ctid from inbox_messages
          where occurred_at < now() - ${inboxDays} * interval '1 day' - interval '1 hour'
          order by occurred_at limit ${max} for update skip locked)
        delete from inbox_messages message using expired where message.ctid = expired.ctid
        returning position`,
    );
    return rows.length;
  },
});

/**
 * The statements are sent together. Whoever appends to an inbox has its row locked, and a statement
 * sees what was committed before it began: so the second one sees every message that was appended
 * before.
 */
const append = async (
  tx: Transaction,
  messages: readonly NewInboxMessage[],
): Promise<readonly InboxMessage[]> => {
  const [, appended] = await Promise.all([
    tx`
      insert into inboxes as inbox (tenant_id, user_id)
      select distinct tenant_id, user_id from ${usersGiven(tx, messages)} order by 1, 2
      on conflict (tenant_id, user_id) do update set last_position = inbox.last_position where false`,
    tx<InboxMessage[]>`
      with given as materialized (
        select distinct on (tenant_id, user_id, message_id) * from unnest(
          ${messages.map(({ tenantId }) => tenantId)}::text[],
          ${messages.map(({ userId }) => userId)}::text[],
          ${messages.map(({ messageId }) => messageId)}::uuid[],
          ${messages.map(({ type }) => type)}::text[],
          ${messages.map(({ frame }) => JSON.stringify(frame))}::text[],
          ${messages.map(({ occurredAt }) => occurredAt.toISOString())}::text[]::timestamptz[])
          with ordinality as given (tenant_id, user_id, message_id, type, frame, occurred_at, place)
        order by tenant_id, user_id, message_id, place
      ), recorded as materialized (
        select given.place, message.* from given cross join lateral (
          select * from inbox_messages message
          where message.tenant_id = given.tenant_id and message.user_id = given.user_id
            and message.message_id = given.message_id
          limit 1) message
      ), appended as (
        insert into inbox_messages (tenant_id, user_id, position, message_id, type, frame, occurred_at)
        select tenant_id, user_id,
          last_position + row_number() over (partition by tenant_id, user_id order by place),
          message_id, type, frame::json, occurred_at
        from given cross join lateral (
          select last_position from inboxes inbox
          where inbox.tenant_id = given.tenant_id and inbox.user_id = given.user_id limit 1) inbox
        where place not in (select place from recorded)
          and occurred_at >= now() - ${inboxDays} * interval '1 day'
        returning *
      ), moved as (
        update inboxes inbox set last_position = newest.position
        from (select tenant_id, user_id, max(position) as position from appended group by 1, 2) newest
        where inbox.tenant_id = newest.tenant_id and inbox.user_id = newest.user_id
      )
      select ${messageColumns(tx)} from appended message
      union all select ${messageColumns(tx)} from recorded message
      order by tenant_id, user_id, position`,
  ]);
  return appended;
};

/** The columns of a `message`. */
export const messageColumns = (sql: Sql | Transaction) => sql`
  message.tenant_id, message.user_id, message.position, message.message_id, message.type, message.frame,
  message.created_at`;

const usersGiven = (sql: Sql | Transaction, users: readonly InboxUser[]) => sql`
  unnest(
    ${users.map(({ tenantId }) => tenantId)}::text[], ${users.map(({ userId }) => userId)}::text[])
    with ordinality as given (tenant_id, user_id, place)`;
