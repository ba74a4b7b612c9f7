import type { InboxMessage, InboxUser } from '#shared/domain/inbox/inbox-message.ts';
import { rowsOf, type Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';

type Noted = InboxUser & Pick<InboxMessage, 'position'>;

/** Every method throws Unavailable when Postgres is unavailable; repeating is safe. */
export type UnpublishedInboxes = Readonly<{
  /** Records the inboxes of messages that could not be published. Durable when it resolves. */
  note: (messages: readonly Noted[]) => Promise<void>;
  /**
   * Recorded inboxes, in the order of their keys after the one given, with their recorded
   * positions.
   */
  page: (after: InboxUser | undefined, inboxesMax: number) => Promise<readonly Noted[]>;
  /** Removes inboxes whose messages were published, unless a later message was recorded. */
  remove: (published: readonly Noted[]) => Promise<void>;
}>;

/** Inboxes of which Redis may lack messages. */
export const unpublishedInboxes = (sql: Sql): UnpublishedInboxes => ({
  note: async (messages) => {
    if (messages.length === 0) return;
    await withPostgres(
      async () => sql`
        insert into unpublished_inboxes as noted (tenant_id, user_id, position)
        select tenant_id, user_id, max(position) from ${positions(sql, messages)}
        group by tenant_id, user_id order by tenant_id, user_id
        on conflict (tenant_id, user_id) do update set position = excluded.position
        where noted.position < excluded.position`,
    );
  },

  page: (after, inboxesMax) =>
    withPostgres(
      async () => sql<Noted[]>`
        select tenant_id, user_id, position from unpublished_inboxes
        where (tenant_id, user_id) > (${after?.tenantId ?? ''}, ${after?.userId ?? ''})
        order by tenant_id, user_id limit ${inboxesMax}`,
    ),

  remove: async (published) => {
    if (published.length === 0) return;
    await withPostgres(
      // Locked in the order in which they are recorded, so that the two cannot deadlock.
      async () => sql`
        with done as (
          select tenant_id, user_id from unpublished_inboxes noted
          join ${positions(sql, published)} using (tenant_id, user_id)
          where noted.position <= given.position
          order by tenant_id, user_id for update of noted)
        delete from unpublished_inboxes noted using done
        where noted.tenant_id = done.tenant_id and noted.user_id = done.user_id`,
    );
  },
});

const positions = (sql: Sql, messages: readonly Noted[]) =>
  rowsOf(sql, { given: messages }, { tenantId: 'text', userId: 'text', position: 'bigint' });
