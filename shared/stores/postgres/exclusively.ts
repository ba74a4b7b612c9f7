import type { Sql } from './connect.ts';
import { inTransaction } from './transaction.ts';

/** Any constant of ours: keeps our names apart from other users of advisory locks. */
const namespace = 7_136_502;

/**
 * Does work while nobody else does work of the same name, and not at all when somebody is at it ('busy'). Whoever dies is no
 * longer at it. It needs one connection beside those of the work.
 *
 * The lock belongs to a transaction and not to a session, so that it also holds behind a pooler. A connection that is lost
 * takes the lock with it and lets another one begin: the work must bear that, as anything must that is delivered twice.
 */
export const exclusively = <Result>(
  sql: Sql,
  name: string,
  work: () => Promise<Result>,
): Promise<Result | 'busy'> =>
  inTransaction(sql, async (transaction) => {
    // Longer than any work of ours; without it the lock of a machine that vanished would stay until TCP finds out.
    await transaction`set local idle_in_transaction_session_timeout = '6min'`;
    const [row] = await transaction<[{ isOurs: boolean }]>`
      select pg_try_advisory_xact_lock(${namespace}, hashtext(${name})) as "isOurs"`;
    return row.isOurs ? work() : 'busy';
  });
