import postgres from 'postgres';
import {
  type InboxMessage,
  type InboxUser,
  inboxDays,
  type NewInboxMessage,
} from '#shared/domain/inbox/inbox-message.ts';
import type { Sql } from '../driver/connect.ts';
import { DecidedMeanwhile, retryWhileDisputed, withPostgres } from '../driver/transaction.ts';
import { isErased } from '../privacy/erased-persons.ts';

/** Every method throws Unavailable when Postgres is unavailable; repeating is safe. */
export type InboxStore = Readonly<{
  /**
   * Appends messages to the inboxes of their users, each once, however often and concurrently it is
   * delivered, in the order given, at positions without gaps. Returns the messages with their
   * positions, also those appended before; one whose event is older than `inboxDays`, or whose user
   * is erased, is not among them.
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
    messages.length === 0
      ? []
      : retryWhileDisputed(() => withPostgres(() => append(sql, messages))),

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
 * One statement, which locks an inbox by raising its last position. It does not see concurrent
 * appends: a message of theirs violates the unique key, and the next try finds it recorded.
 * @throws DecidedMeanwhile when that happens.
 */
const append = async (
  sql: Sql,
  messages: readonly NewInboxMessage[],
): Promise<readonly InboxMessage[]> => {
  try {
    return await appendUnseen(sql, messages);
  } catch (error) {
    if (!isAppendedMeanwhile(error)) throw error;
    throw new DecidedMeanwhile('A message was appended concurrently', { cause: error });
  }
};

const isAppendedMeanwhile = (error: unknown): boolean =>
  error instanceof postgres.PostgresError &&
  error.constraint_name === 'inbox_messages_tenant_id_user_id_message_id_key';

const appendUnseen = (sql: Sql, messages: readonly NewInboxMessage[]) => sql<InboxMessage[]>`
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
  ), unseen as materialized (
    select *, row_number() over (partition by tenant_id, user_id order by place desc) - 1 as following
    from given where place not in (select place from recorded)
      and occurred_at >= now() - ${inboxDays} * interval '1 day'
      and not ${isErased(sql, { tenant: sql`given.tenant_id`, person: sql`given.user_id` })}
  ), raised as (
    insert into inboxes as inbox (tenant_id, user_id, last_position)
    select tenant_id, user_id, count(*) from unseen group by tenant_id, user_id order by tenant_id, user_id
    on conflict (tenant_id, user_id) do update set last_position = inbox.last_position + excluded.last_position
    returning tenant_id, user_id, last_position
  ), appended as (
    insert into inbox_messages (tenant_id, user_id, position, message_id, type, frame, occurred_at)
    select tenant_id, user_id, last_position - following, message_id, type, frame::json, occurred_at
    from unseen join raised using (tenant_id, user_id)
    returning *
  )
  select ${messageColumns(sql)} from appended message
  union all select ${messageColumns(sql)} from recorded message
  order by tenant_id, user_id, position`;

/** The columns of a `message`. */
export const messageColumns = (sql: Sql) => sql`
  message.tenant_id, message.user_id, message.position, message.message_id, message.type, message.frame,
  message.created_at`;

const usersGiven = (sql: Sql, users: readonly InboxUser[]) => sql`
  unnest(
    ${users.map(({ tenantId }) => tenantId)}::text[], ${users.map(({ userId }) => userId)}::text[])
    with ordinality as given (tenant_id, user_id, place)`;
