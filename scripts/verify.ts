/**
 * Proves what stands in the database: recomputes every ledger entry from its order and the rules, and every balance from
 * its entries, in SQL that shares no code with the functions. The exit code is the answer.
 */
import { styleText } from 'node:util';
import { connectPostgres } from '#shared/stores/postgres/connect.ts';
import { type AuditResult, ledgerAudit } from '#shared/stores/postgres/ledger-audit.ts';
import { findAddress } from './platform/addresses.ts';

const show = (claim: string, { examined, wrong, examples }: AuditResult): boolean => {
  const sign = wrong === 0 ? styleText('green', '✓') : styleText('red', '✗');
  console.log(` ${sign} ${claim}: ${examined - wrong} of ${examined}`);
  for (const { tenantId, subject, recorded, recomputed } of examples) {
    console.log(`     ${tenantId} ${subject}: recorded ${recorded}, recomputed ${recomputed}`);
  }
  return wrong === 0;
};

const verify = async (): Promise<boolean> => {
  const sql = connectPostgres({ url: await findAddress('DATABASE_URL'), max: 1 });
  try {
    const audit = ledgerAudit(sql);
    const entries = await audit.entries();
    const balances = await audit.balances();
    const isSound = [
      show('ledger entries equal to their recomputation', entries),
      show('balances equal to the sum of their entries', balances),
    ].every(Boolean);
    const accuracy = entries.examined === 0 ? 1 : 1 - entries.wrong / entries.examined;
    console.log(`\ncalc_accuracy ${(accuracy * 100).toFixed(4)} %`);
    return isSound;
  } finally {
    await sql.end();
  }
};

process.exitCode = await verify().then(
  (isSound) => (isSound ? 0 : 1),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    return 1;
  },
);
