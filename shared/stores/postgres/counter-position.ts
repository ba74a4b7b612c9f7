import type { Sql } from './connect.ts';
import type { UsageKey } from './limit-usage.ts';
import { withPostgres } from './postgres-error.ts';

/** How far the comparison of all usage with the counters in Redis has come. */
export type CounterPosition = Readonly<{
  /** The last subject compared; undefined when the next one is the first of all. */
  find: () => Promise<UsageKey | undefined>;
  /** Goes on after this subject next time, whoever does; undefined: from the first one. */
  save: (key: UsageKey | undefined) => Promise<void>;
}>;

/** The position, kept where no restart of a pod loses it. */
export const counterPosition = (sql: Sql): CounterPosition => ({
  find: async () => {
    const [key] = await withPostgres(
      async () => sql<UsageKey[]>`select tenant_id as "tenantId", subject from counter_comparison`,
    );
    return key;
  },
  save: async (key) => {
    await withPostgres(async () =>
      key === undefined
        ? sql`delete from counter_comparison`
        : sql`
          insert into counter_comparison (tenant_id, subject) values (${key.tenantId}, ${key.subject})
          on conflict (is_only_row) do update set tenant_id = excluded.tenant_id, subject = excluded.subject`,
    );
  },
});
