import type { InboxUser } from '#shared/domain/inbox/inbox-message.ts';
import type { PushPreferences, StoredPreferences } from '#shared/domain/inbox/plan-push.ts';
import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';
import { isErased } from '../privacy/erased-persons.ts';

/** An app on a phone. */
export type PushDevice = Readonly<{ platform: 'android' | 'ios'; token: string }>;

/** Every method throws Unavailable when Postgres is unavailable; repeating is safe. */
export type PushSettings = Readonly<{
  /**
   * Registers a device for a user and removes it from any other user; the oldest beyond
   * `devicesMax` are removed. False for a user who is erased: then nothing changes.
   */
  addDevice: (user: InboxUser, device: PushDevice) => Promise<boolean>;
  /** Removes a device of a user. */
  removeDevice: (user: InboxUser, token: string) => Promise<void>;
  /** What is stored for the user, and by the tenant for all; undefined where there is no tenant. */
  preferences: (user: InboxUser) => Promise<StoredPreferences | undefined>;
  /** False for a user who is erased: then nothing is stored. */
  storePreferences: (user: InboxUser, preferences: PushPreferences) => Promise<boolean>;
}>;

/** Devices of one user. */
const devicesMax = 10;

/** The devices and preferences of users. */
export const pushSettings = (sql: Sql): PushSettings => ({
  addDevice: async ({ tenantId, userId }, { platform, token }) => {
    const added = await withPostgres(
      async () => sql`
        with added as (
          insert into push_devices (tenant_id, token, user_id, platform)
          select tenant_id, ${token}, user_id, ${platform} from ${known(sql, { tenantId, userId })}
          on conflict (tenant_id, token) do update
            set user_id = excluded.user_id, platform = excluded.platform, registered_at = now()
          returning token
        ), removed as (
          delete from push_devices where (tenant_id, token) in (
            select tenant_id, token from push_devices
            where tenant_id = ${tenantId} and user_id = ${userId} and token <> ${token}
            order by registered_at desc offset ${devicesMax - 1}))
        select from added`,
    );
    return added.length > 0;
  },

  removeDevice: async ({ tenantId, userId }, token) => {
    await withPostgres(
      async () => sql`
        delete from push_devices
        where tenant_id = ${tenantId} and token = ${token} and user_id = ${userId}`,
    );
  },

  preferences: async ({ tenantId, userId }) => {
    const [row] = await withPostgres(
      async () => sql<StoredPreferences[]>`
        select preferences, push_defaults as defaults, time_zone from tenants
        left join push_preferences own on own.tenant_id = tenants.tenant_id and user_id = ${userId}
        where tenants.tenant_id = ${tenantId}`,
    );
    return row;
  },

  storePreferences: async ({ tenantId, userId }, preferences) => {
    const { count } = await withPostgres(
      async () => sql`
        insert into push_preferences (tenant_id, user_id, preferences)
        select tenant_id, user_id, ${sql.json(preferences)} from ${known(sql, { tenantId, userId })}
        on conflict (tenant_id, user_id) do update set preferences = excluded.preferences`,
    );
    return count > 0;
  },
});

/** The user as a row, unless the user is erased. */
const known = (sql: Sql, { tenantId, userId }: InboxUser) => sql`
  (select * from (values (${tenantId}, ${userId})) given (tenant_id, user_id)
  where not ${isErased(sql, { tenant: sql`given.tenant_id`, person: sql`given.user_id` })}) known`;
