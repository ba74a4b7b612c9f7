import type { Sql, Transaction } from './connect.ts';
import { inTransaction } from './transaction.ts';

/** An arbitrary constant: separates our names from other users of advisory locks. */
const namespace = 7_136_502;

/**
 * Runs work unless other work of the same name is running; returns 'busy' then. The lock of a
 * process that died is released. It needs one connection in addition to those of the work.
 *
 * The lock belongs to a transaction and not to a session, so that it also holds behind a pooler. A
 * connection that is lost takes the lock with it and lets another one begin: the work must tolerate
 * that, like any event that is delivered twice.
 */
export const exclusively = <Result>(
  sql: Sql,
  name: string,
  work: () => Promise<Result>,
): Promise<Result | 'busy'> =>
  inTransaction(sql, async (transaction) => {
    // Longer than any of our work; without it, the lock of a machine that died would stay until TCP
    // detects it.
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
 * The lock's own connection has nothing to do during the work: without a heartbeat it would be
 * treated as dead.
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
