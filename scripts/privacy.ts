/** Rotates the master key of persons' data keys, and checks the proofs of erasures. */

import { Command } from 'commander';
import { readConfig } from '#shared/runtime/config.ts';
import { secretBox, secretKeys } from '#shared/runtime/secret-box.ts';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { auditProofs } from '#shared/stores/postgres/privacy/erasure-proof.ts';
import { rewrapKeys } from '#shared/stores/postgres/privacy/person-keys.ts';
import { findAddress } from './platform/addresses.ts';

const withPostgres = async (work: (sql: Sql) => Promise<void>): Promise<void> => {
  const sql = connectPostgres({ url: await findAddress('DATABASE_URL'), max: 1 });
  try {
    await work(sql);
  } finally {
    await sql.end();
  }
};

const rotate = (): Promise<void> => {
  const { PERSON_MASTER_KEYS } = readConfig({ PERSON_MASTER_KEYS: secretKeys });
  const masterKeys = secretBox(PERSON_MASTER_KEYS);
  return withPostgres(async (sql) => {
    const keys = await rewrapKeys(sql, { masterKeys });
    console.log(`Rewrapped ${keys} data keys with the master key ${masterKeys.keyId}`);
  });
};

const verify = (tenantId: string): Promise<void> =>
  withPostgres(async (sql) => {
    const { checked, wrong } = await auditProofs(sql, tenantId);
    for (const person of wrong) console.log(`The proof of ${person} is wrong`);
    console.log(`${checked} erasures checked, ${wrong.length} wrong`);
    if (wrong.length > 0) process.exitCode = 1;
  });

const program = new Command('npm run privacy --').description('Personal data');
program
  .command('rotate')
  .description(
    'rewrap the data keys of all persons with the first key of PERSON_MASTER_KEYS; repeat until none is left',
  )
  .action(rotate);
program
  .command('verify <tenant>')
  .description('check that no erasure of a tenant was changed, removed or inserted')
  .action(verify);
await program.parseAsync().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
