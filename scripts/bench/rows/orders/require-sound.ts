import { auditLedger, isSound } from '#shared/stores/postgres/audit/ledger-audit.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { VoidRound } from '../../core/rounds.ts';
import type { Stores } from './paid-orders.ts';

/**
 * Recomputes everything in the database independently.
 * @throws VoidRound when anything is wrong
 */
export const requireSound = async ({ databaseUrl }: Pick<Stores, 'databaseUrl'>): Promise<void> => {
  const sql = connectPostgres({ url: databaseUrl, max: 1 });
  try {
    const audit = await auditLedger(sql);
    if (!isSound(audit)) throw new VoidRound(`the audit found ${JSON.stringify(audit)}`);
  } finally {
    await sql.end();
  }
};
