/** Rotates the keys of personal data, and checks the proofs of erasures. */

import { Command } from 'commander';
import { matchingShape } from '#functions/match-customer/config.ts';
import { hashRecord } from '#functions/match-customer/read-record.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { customerHashes } from '#shared/runtime/customer-hashes.ts';
import { secretBox, secretKeys } from '#shared/runtime/secret-box.ts';
import { backfillPositions } from '#shared/stores/postgres/changes/backfill-positions.ts';
import { indexRotation } from '#shared/stores/postgres/customers/records/rotate-index.ts';
import { auditProofs } from '#shared/stores/postgres/privacy/erasure-proof.ts';
import { rewrapKeys } from '#shared/stores/postgres/privacy/rewrap-keys.ts';
import { rotateIndex } from './matching/rotate-index.ts';
import { runProgram } from './platform/run-program.ts';
import { withDatabase } from './platform/with-sql.ts';

const rotate = (): Promise<void> => {
  const { PERSON_MASTER_KEYS } = readConfig({ PERSON_MASTER_KEYS: secretKeys });
  const masterKeys = secretBox(PERSON_MASTER_KEYS);
  return withDatabase(async (sql) => {
    const keys = await rewrapKeys(sql, { masterKeys });
    console.log(`Rewrapped ${keys} data keys with the master key ${masterKeys.keyId}`);
  });
};

/** Rotates the key of every tenant that has records, one after another. */
const rotateIndexes = (): Promise<void> => {
  const { PERSON_MASTER_KEYS, BLIND_INDEX_KEYS } = readConfig(matchingShape);
  const hashes = customerHashes(BLIND_INDEX_KEYS);
  return withDatabase(async (sql) => {
    const tenants = await sql<{ tenantId: string }[]>`
      select tenant_id from tenants where exists (
        select from customer_records own where own.tenant_id = tenants.tenant_id)
      order by tenant_id`;
    for (const { tenantId } of tenants) {
      const rotation = indexRotation(sql, tenantId, {
        ...{ masterKeys: secretBox(PERSON_MASTER_KEYS), keyIds: hashes.keyIds },
        hashRecord: (record, keyId) => hashRecord(record, hashes, keyId),
      });
      const positions = backfillPositions(sql);
      const onProgress = (step: string, pages: number): void => {
        if (pages % 20 === 0) console.log(`${tenantId}: ${step}, ${pages * 500} records`);
      };
      const rotated = await rotateIndex({ tenantId, rotation, positions, onProgress });
      console.log(`${tenantId} ${rotated ? 'is' : 'was already'} indexed by ${hashes.keyIds[0]}`);
    }
  });
};

const verify = (tenantId: string): Promise<void> =>
  withDatabase(async (sql) => {
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
  .command('rotate-index')
  .description(
    'index the records of customers by the first key of BLIND_INDEX_KEYS, which every pod must have; run it again to continue',
  )
  .action(rotateIndexes);
program
  .command('verify <tenant>')
  .description('check that no erasure of a tenant was changed, removed or inserted')
  .action(verify);
await runProgram(program);
