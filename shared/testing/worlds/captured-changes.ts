import type { Sql } from '#shared/stores/postgres/driver/connect.ts';

/** A change as Debezium would write it to `db.incentives`. */
export type CapturedChange = Readonly<{
  op: string;
  before: object | null;
  after: object | null;
  source: Readonly<{ table: string; lsn: number; txId: number; ts_ms: number }>;
}>;

/**
 * Captures the changes of `incentives` in a test's database from now on, by a trigger that reads
 * the position in the write-ahead log. Returns a function that reads what was captured so far,
 * oldest first.
 */
export const captureChanges = async (
  sql: Sql,
): Promise<() => Promise<readonly CapturedChange[]>> => {
  await sql.unsafe(`
    create table captured (number bigint generated always as identity, change jsonb not null);
    create function capture() returns trigger language plpgsql as $$
    begin
      insert into captured (change) values (jsonb_build_object(
        'op', case tg_op when 'INSERT' then 'c' when 'UPDATE' then 'u' else 'd' end,
        'before', case when tg_op = 'DELETE' then
          jsonb_build_object('incentive_id', old.incentive_id, 'tenant_id', '', 'reward_amount', 0) end,
        'after', case when tg_op <> 'DELETE' then to_jsonb(new) || jsonb_build_object(
          'day', new.day || 'Z', 'refused_by', new.refused_by::text) end,
        'source', jsonb_build_object('table', tg_table_name, 'lsn', pg_current_wal_insert_lsn() - '0/0'::pg_lsn,
          'txId', pg_current_xact_id()::text::bigint & 4294967295,
          'ts_ms', (extract(epoch from clock_timestamp()) * 1000)::bigint)));
      return null;
    end $$;
    create trigger capture after insert or update or delete on incentives for each row execute function capture();`);
  return async () => {
    const rows = await sql<
      { change: CapturedChange }[]
    >`select change from captured order by number`;
    return rows.map(({ change }) => change);
  };
};
