import { styleText } from 'node:util';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { checkLedgerChain } from '#shared/stores/postgres/ledger/chain/ledger-chain-check.ts';
import {
  headOf,
  type LedgerHead,
  newestHeads,
} from '#shared/stores/postgres/ledger/chain/ledger-heads.ts';

const green = styleText('green', '✓');
const red = styleText('red', '✗');

/** Recomputes all seals, prints the broken ones, and returns whether there are none. */
export const showChain = async (sql: Sql): Promise<boolean> => {
  const { seals, entries, unsealed, broken, examples } = await checkLedgerChain(sql);
  const sign = broken === 0 ? green : red;
  console.log(
    ` ${sign} ${entries} entries in ${seals} seals, ${broken} broken; ${unsealed} not sealed yet`,
  );
  for (const example of examples) {
    console.log(
      `     ${example.tenantId} seal ${example.sealNo}: ${example.problem}: ${example.entries}`,
    );
  }
  return broken === 0;
};

/** Prints the newest head of each tenant in the form that `--expect` takes. */
export const showHeads = async (sql: Sql): Promise<void> => {
  for (const head of await newestHeads(sql)) console.log(headText(head));
};

/**
 * Compares heads that were stored elsewhere with the current ones, and returns whether all are
 * equal.
 */
export const showExpected = async (sql: Sql, expected: readonly LedgerHead[]): Promise<boolean> => {
  let isSame = true;
  for (const head of expected) {
    const found = await headOf(sql, head);
    if (found === head.head) {
      console.log(` ${green} ${head.tenantId} seal ${head.sealNo} has the expected head`);
      continue;
    }
    isSame = false;
    console.log(
      ` ${red} ${head.tenantId} seal ${head.sealNo}: expected ${head.head}, found ${found ?? 'no such seal'}`,
    );
  }
  return isSame;
};

const headText = ({ tenantId, sealNo, head }: LedgerHead): string =>
  `${tenantId}:${sealNo}:${head}`;
