import type { InboxUser } from '#shared/domain/inbox/inbox-message.ts';
import type { PushPreferences } from '#shared/domain/inbox/plan-push.ts';
import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/postgres-error.ts';

/** An app on a phone. */
export type PushDevice = Readonly<{ platform: 'android' | 'ios'; token: string }>;

/** Every method throws Unavailable when Postgres is unavailable; repeating is safe. */
export type PushSettings = Readonly<{
  /**
   * Registers a device for a user and removes it from any other user; the oldest beyond
   * `devicesMax` are removed.
   */
  addDevice: (user: InboxUser, device: PushDevice) => Promise<void>;
  /** Removes a device of a user. */
  removeDevice: (user: InboxUser, token: string) => Promise<void>;
  /** What the user prefers; undefined where nothing was stored. */
  preferences: (user: InboxUser) => Promise<PushPreferences | undefined>;
  storePreferences: (user: InboxUser, preferences: PushPreferences) => Promise<void>;
}>;

/** Devices of one user. */
const devicesMax = 10;

/** The devices of users, and what they want on them. */
export const pushSettings = (sql: Sql): PushSettings => ({
  addDevice: async ({ tenantId, userId }, { platform, token }) => {
    await withPostgres(
      async () => sql`
        with added as (
          insert into push_devices (tenant_id, token, user_id, platform)
          values (${tenantId}, ${token}, ${userId}, ${platform})
          on conflict (tenant_id, token) do update
            set user_id = excluded.user_id, platform = excluded.platform, registered_at = now())
        delete from push_devices where (tenant_id, token) in (
          select tenant_id, token from push_devices
          where tenant_id = ${tenantId} and user_id = ${userId} and token <> ${token}
          order by registered_at desc offset ${devicesMax - 1})`,
    );
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
      async () => sql<{ preferences: PushPreferences }[]>`
        select preferences from push_preferences
        where tenant_id = ${tenantId} and user_id = ${userId}`,
    );
    return row?.preferences;
  },

  storePreferences: async ({ tenantId, userId }, preferences) => {
    await withPostgres(
      async () => sql`
        insert into push_preferences (tenant_id, user_id, preferences)
        values (${tenantId}, ${userId}, ${sql.json(preferences)})
        on conflict (tenant_id, user_id) do update set preferences = excluded.preferences`,
    );
  },
});
