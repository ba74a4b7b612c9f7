import type { Fragment } from 'postgres';
import type { Sql, Transaction } from '../driver/connect.ts';
import type { PartitionedTable } from './partitioned-tables.ts';

/**
 * A table without partitions. Its old rows move in bounded chunks to a table of their month, which
 * is archived like a detached partition; what later decisions need is kept in the database.
 */
export type MovedTable = Pick<PartitionedTable, 'name' | 'months' | 'order'> &
  Readonly<{
    /** The columns for the time and the id of a record. */
    at: string;
    id: string;
    /**
     * Disjoint conditions for records that may move; each has an index on the tenant, `at` and
     * `id`.
     */
    lanes: (sql: Sql | Transaction) => readonly Fragment[];
    /** Whether a `record` can no longer change. */
    isFinal: (sql: Sql | Transaction) => Fragment;
    /** The jsonb columns of the month's table, in addition to the columns of this one. */
    jsonColumns?: readonly string[];
    /** Moves records, which are locked, to the table of their month. */
    move: (tx: Transaction, chunk: MovedChunk) => Promise<unknown>;
    /** Moves all records of a table back, and removes what was kept of them. */
    moveBack: (tx: Transaction, month: string) => Promise<unknown>;
  }>;

/** Records of a tenant, and the table that they move to. */
type MovedChunk = Readonly<{ tenantId: string; ids: readonly string[]; month: string }>;
