import type { Sql, Transaction } from './connect.ts';
import { inTransaction } from './transaction.ts';

/** Any constant of ours: keeps our names apart from other users of advisory locks. */
const namespace = 7_136_502;

/**
 * Does work while nobody else does work of the same name, and not at all when somebody is at it
 * ('busy'). Whoever dies is no longer at it. It needs one connection beside those of the work.
 *
 * The lock belongs to a transaction and not to a session, so that it also holds behind a pooler. A
 * connection that is lost takes the lock with it and lets another one begin: the work must bear
 * that, as anything must that is delivered twice.
 */
export const exclusively = <Result>(
  sql: Sql,
  name: string,
  work: () => Promise<Result>,
): Promise<Result | 'busy'> =>
  inTransaction(sql, async (transaction) => {
    // Longer than any work of ours; without it the lock of a machine that vanished would stay until
    // TCP finds out.
    await transaction`set local idle_in_transaction_session_timeout = '6min'`;
    const [row] = await transaction<[{ isOurs: boolean }]>`
      select pg_try_advisory_xact_lock(${namespace}, hashtext(${name})) as is_ours`;
    return row.isOurs ? keepingAlive(transaction, work) : 'busy';
  });

/**
 * Less than the silence after which a pool destroys a connection, for any request that may take
 * half a minute or more.
 */
const heartbeatMs = 5_000;

/**
 * The lock's own connection has nothing to do during the work: without a sign of life it would pass
 * for a dead one.
 */
const keepingAlive = async <Result>(
  transaction: Transaction,
  work: () => Promise<Result>,
): Promise<Result> => {
  // The driver rejects the whole transaction when a heartbeat fails.
  const beat = () => void transaction`select 1`.catch(() => undefined);
  const timer = setInterval(beat, heartbeatMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
};
