import { mainProgram } from '#shared/domain/earning/program.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';

export type BalanceReader = Readonly<{
  /**
   * All balances of a tenant's main program as of one moment, fewest points first, because a sorted
   * set is built four times as fast from sorted members. Streamed in chunks, so it needs the same
   * memory for a thousand customers and for ten million.
   * @throws Unavailable when Postgres is not there; what was read until then is no complete answer.
   */
  stream: (tenantId: string, chunkMax: number) => AsyncIterable<readonly Balance[]>;
}>;

/** Reads balances for full rebuilds. */
export const balanceReader = (sql: Sql): BalanceReader => ({
  stream: async function* (tenantId, chunkMax) {
    const chunks = sql<Balance[]>`
      select tenant_id, customer_id, program, points, pending, reserved, lifetime, version,
        reached_at
      from points_balances
      where tenant_id = ${tenantId} and program = ${mainProgram}
      order by points`
      .cursor(chunkMax)
      [Symbol.asyncIterator]();
    const next = () => withPostgres(() => chunks.next());
    try {
      for (let chunk = await next(); chunk.done !== true; chunk = await next()) yield chunk.value;
    } finally {
      // A reader that stops early must not leave its cursor open on the connection.
      await chunks.return?.();
    }
  },
});
