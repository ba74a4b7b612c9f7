import type { InboxMessage, InboxUser } from '#shared/domain/inbox/inbox-message.ts';
import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';
import { messageColumns } from './inbox-store.ts';

/** A message with whether its user has read it. */
export type ListedMessage = InboxMessage & Readonly<{ isRead: boolean }>;

/** How many messages are unread; exact unless there are too many to count. */
type UnreadCount = Readonly<{ count: number; isExact: boolean }>;

/** Every method throws Unavailable when Postgres is unavailable; repeating is safe. */
export type UserInbox = Readonly<{
  /** The newest messages, of those before a position where one is given, the newest first. */
  list: (
    user: InboxUser,
    page: Readonly<{ before?: number | undefined; max: number }>,
  ) => Promise<readonly ListedMessage[]>;
  /** Marks one message as read. Returns whether there is one. */
  markRead: (user: InboxUser, position: number) => Promise<boolean>;
  /** Marks every message up to a position as read, by one row whatever their number. */
  markReadThrough: (user: InboxUser, position: number) => Promise<void>;
  /** Counts unread messages among the newest ones. */
  unread: (user: InboxUser) => Promise<UnreadCount>;
}>;

/** How many messages a count of unread ones reads. */
export const unreadMax = 1_000;

/** Inboxes as their users see them, by a bounded number of rows however many messages they have. */
export const userInbox = (sql: Sql): UserInbox => ({
  list: ({ tenantId, userId }, { before, max }) =>
    withPostgres(
      async () => sql<ListedMessage[]>`
        select ${messageColumns(sql)}, is_read or position <= read_through as is_read
        from inbox_messages message join inboxes using (tenant_id, user_id)
        where tenant_id = ${tenantId} and user_id = ${userId}
          ${before === undefined ? sql`` : sql`and position < ${before}`}
        order by position desc limit ${max}`,
    ),

  markRead: async ({ tenantId, userId }, position) => {
    const rows = await withPostgres(
      async () => sql`
        update inbox_messages set is_read = true
        where tenant_id = ${tenantId} and user_id = ${userId} and position = ${position}
        returning position`,
    );
    return rows.length > 0;
  },

  markReadThrough: async ({ tenantId, userId }, position) => {
    await withPostgres(
      async () => sql`
        update inboxes set read_through = least(${position}::bigint, last_position)
        where tenant_id = ${tenantId} and user_id = ${userId} and read_through < least(${position}::bigint, last_position)`,
    );
  },

  unread: async ({ tenantId, userId }) => {
    const [row] = await withPostgres(
      async () => sql<[{ count: number; seen: number }]>`
        select count(*) filter (where not is_read) as count, count(*) as seen from (
          select is_read from inbox_messages
          where tenant_id = ${tenantId} and user_id = ${userId} and position > coalesce((
            select read_through from inboxes where tenant_id = ${tenantId} and user_id = ${userId}), 0)
          order by position desc limit ${unreadMax}) newest`,
    );
    return { count: row.count, isExact: row.seen < unreadMax };
  },
});
