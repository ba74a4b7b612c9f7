import { expect } from 'vitest';
import { auditLedger, type LedgerAudit } from '#shared/stores/postgres/audit/ledger-audit.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';

/** The independent recomputation finds nothing wrong with anything. */
export const expectSound = async (sql: Sql): Promise<void> => {
  const wrong = Object.entries(await auditLedger(sql)).filter(([, result]) => result.wrong > 0);
  expect(wrong).toEqual([]);
};

/** How much is wrong, by the checks that found it. */
export const wrongIn = (audit: LedgerAudit): Readonly<Record<string, number>> =>
  Object.fromEntries(
    Object.entries(audit).flatMap(([name, { wrong }]) => (wrong === 0 ? [] : [[name, wrong]])),
  );
