import { withSql } from '#scripts/platform/with-sql.ts';
import { auditLedger, isSound } from '#shared/stores/postgres/audit/ledger-audit.ts';
import { VoidRound } from '../../core/rounds.ts';
import type { Stores } from './paid-orders.ts';

/**
 * Recomputes everything in the database independently.
 * @throws VoidRound when anything is wrong
 */
export const requireSound = ({ databaseUrl }: Pick<Stores, 'databaseUrl'>): Promise<void> =>
  withSql(databaseUrl, async (sql) => {
    const audit = await auditLedger(sql);
    if (!isSound(audit)) throw new VoidRound(`the audit found ${JSON.stringify(audit)}`);
  });
