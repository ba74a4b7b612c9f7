import type { Fragment } from 'postgres';
import type { Sql, Transaction } from '../../driver/connect.ts';

/**
 * Ends a lateral subquery that looks up one row's others by an index. The planner then runs it for
 * each row; otherwise it may join a thousand rows by reading a whole table, when it assumes that
 * the table is small, as statistics from before an import show. Name the key alone in it, or a
 * table without statistics may be searched by the index of the tenant.
 */
export const byIndex = (tx: Sql | Transaction): Fragment => tx`offset 0`;
