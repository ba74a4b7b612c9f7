import type { InboxMessage, InboxUser } from '#shared/domain/inbox/inbox-message.ts';
import { pushHours, type StoredPreferences } from '#shared/domain/inbox/plan-push.ts';
import { rowsOf, type Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';
import { isErased } from '../privacy/erased-persons.ts';
import type { PushDevice } from './push-settings.ts';

type PushKey = InboxUser & Pick<InboxMessage, 'messageId'>;

/** A due push, with the current values that sending it depends on. */
export type DuePush = PushKey &
  Pick<InboxMessage, 'frame'> &
  StoredPreferences &
  Readonly<{
    occurredAt: Date;
    /** Those that it has not reached. */
    devices: readonly PushDevice[];
    /** Other pushes that reached the user within the last hour. */
    sentLastHour: number;
  }>;

/** Every method throws Unavailable when Postgres is unavailable; repeating is safe. */
export type MobilePushes = Readonly<{
  /**
   * Adds pushes for messages whose users have a device, each once, unless the event is more than a
   * day old or the user is erased. Returns how many are new.
   */
  add: (messages: readonly PushKey[]) => Promise<number>;
  /**
   * Takes due pushes, the oldest first, with the phones that they have not reached, and sets the
   * time of their next attempt: after 30 s, then twice as long each time. So a push that is not
   * finished is tried again, by any pod.
   */
  takeDue: (max: number) => Promise<readonly DuePush[]>;
  postpone: (push: PushKey, until: Date) => Promise<void>;
  /** Records phones that a push has reached, which is tried again for the user's other phones. */
  recordReached: (push: PushKey, tokens: readonly string[]) => Promise<void>;
  /** Ends a push: it was sent, or is not to be sent. */
  end: (push: PushKey, how: 'sent' | 'dropped') => Promise<void>;
  /** Removes devices whose tokens are no longer valid. */
  removeTokens: (tenantId: string, tokens: readonly string[]) => Promise<void>;
  /** Removes up to so many pushes that no redelivery adds again; returns how many it removed. */
  removeOld: (max: number) => Promise<number>;
}>;

/** Pushes to phones that wait, and those of the last days. */
export const mobilePushes = (sql: Sql): MobilePushes => ({
  add: (messages) => withPostgres(() => add(sql, messages)),

  takeDue: (max) => withPostgres(async () => takeDue(sql, max)),

  postpone: async ({ tenantId, userId, messageId }, until) => {
    await withPostgres(
      async () => sql`
        update mobile_pushes set due_at = ${until}, attempts = 0
        where tenant_id = ${tenantId} and user_id = ${userId} and message_id = ${messageId}`,
    );
  },

  recordReached: async ({ tenantId, userId, messageId }, tokens) => {
    await withPostgres(
      async () => sql`
        update mobile_pushes set sent_at = now(), sent_to = sent_to || ${tokens}::text[]
        where tenant_id = ${tenantId} and user_id = ${userId} and message_id = ${messageId}`,
    );
  },

  end: async ({ tenantId, userId, messageId }, how) => {
    await withPostgres(
      async () => sql`
        update mobile_pushes
        set ended_at = now(), sent_at = case when ${how === 'sent'} then now() else sent_at end
        where tenant_id = ${tenantId} and user_id = ${userId} and message_id = ${messageId}`,
    );
  },

  removeTokens: async (tenantId, tokens) => {
    if (tokens.length === 0) return;
    await withPostgres(
      async () => sql`
        delete from push_devices where tenant_id = ${tenantId} and token = any(${tokens}::text[])`,
    );
  },

  removeOld: async (max) => {
    const { count } = await withPostgres(
      async () => sql`
        delete from mobile_pushes where ctid = any(array(
          select ctid from mobile_pushes
          where occurred_at < now() - ${2 * pushHours} * interval '1 hour'
          order by occurred_at limit ${max} for update skip locked))`,
    );
    return count;
  },
});

const add = async (sql: Sql, messages: readonly PushKey[]): Promise<number> => {
  if (messages.length === 0) return 0;
  const { count } = await sql`
    insert into mobile_pushes (tenant_id, user_id, message_id, frame, occurred_at)
    select tenant_id, user_id, message_id, frame, occurred_at
    from ${rowsOf(sql, { given: messages }, { tenantId: 'text', userId: 'text', messageId: 'uuid' })}
    join inbox_messages using (tenant_id, user_id, message_id)
    where occurred_at > now() - ${pushHours} * interval '1 hour' and exists (
      select from push_devices device
      where device.tenant_id = given.tenant_id and device.user_id = given.user_id)
      and not ${isErased(sql, { tenant: sql`given.tenant_id`, person: sql`given.user_id` })}
    order by tenant_id, user_id, message_id
    on conflict do nothing`;
  return count;
};

const takeDue = (sql: Sql, max: number) => sql<DuePush[]>`
  with due as (
    select tenant_id, user_id, message_id from mobile_pushes
    where ended_at is null and due_at <= now()
    order by due_at limit ${max} for update skip locked
  ), taken as (
    update mobile_pushes push
    set attempts = attempts + 1, due_at = now() + interval '30 seconds' * 2 ^ least(attempts, 8)
    from due where (push.tenant_id, push.user_id, push.message_id) = (due.tenant_id, due.user_id, due.message_id)
    returning push.*
  )
  select taken.tenant_id, taken.user_id, taken.message_id, taken.frame, taken.occurred_at,
    coalesce(devices.list, '[]') as devices, stored.preferences,
    tenant.push_defaults as defaults, tenant.time_zone, sent.number as sent_last_hour
  from taken
  left join tenants tenant using (tenant_id)
  left join push_preferences stored using (tenant_id, user_id)
  cross join lateral (
    select json_agg(json_build_object('platform', platform, 'token', token)) as list from push_devices device
    where device.tenant_id = taken.tenant_id and device.user_id = taken.user_id
      and token <> all(taken.sent_to)) devices
  cross join lateral (
    select count(*) as number from mobile_pushes other
    where other.tenant_id = taken.tenant_id and other.user_id = taken.user_id
      and other.message_id <> taken.message_id and sent_at > now() - interval '1 hour') sent
  order by taken.occurred_at`;
