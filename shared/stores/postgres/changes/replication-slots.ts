import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';

/** How far a connector of change data capture is behind the write-ahead log. */
export type SlotState = Readonly<{
  slot: string;
  /** Bytes of the log that Postgres keeps for it, from the oldest change that is not sent. */
  lagBytes: number;
  /** For how long its connector has not written its heartbeat; 0 where it never has. */
  silentSeconds: number;
  /**
   * The slot is gone or invalidated: changes since it was last read will not be sent, so a backfill
   * is needed.
   */
  isLost: boolean;
}>;

/** The slots of this database's connectors. */
export type ReplicationSlots = Readonly<{
  /**
   * Every slot that a connector has a heartbeat of, there or not, and slots of pgoutput without
   * one.
   * @throws Unavailable when Postgres is unavailable.
   */
  states: () => Promise<readonly SlotState[]>;
}>;

/** Queries Postgres. */
export const replicationSlots = (sql: Sql): ReplicationSlots => ({
  states: () =>
    withPostgres(
      async () => sql<SlotState[]>`
        select slot_name as slot, coalesce(pg_current_wal_lsn() - slot.restart_lsn, 0)::bigint as lag_bytes,
          coalesce(extract(epoch from now() - beat.beat_at), 0)::float8 as silent_seconds,
          slot.slot_name is null or slot.wal_status = 'lost' as is_lost
        from cdc_heartbeats beat
        full join (
          select * from pg_replication_slots where database = current_database() and plugin = 'pgoutput'
        ) slot using (slot_name)
        order by slot_name`,
    ),
});
