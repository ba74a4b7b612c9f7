import { afterAll, expect, it } from 'vitest';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { testDatabase, testSql } from '#shared/testing/servers/servers.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { recordEntries } from '../record-entries.ts';
import { sealLedger } from './ledger-chain.ts';

const sql = await testSql();
const elsewhere = connectPostgres({ url: (await testDatabase({ isMigrated: false })).url, max: 1 });
afterAll(() => elsewhere.end());

/** Runs work while another transaction has begun to write. */
const during = async <Result>(other: Sql, work: () => Promise<Result>): Promise<Result> => {
  const { promise: isDone, resolve: done } = Promise.withResolvers<undefined>();
  const { promise: isWriting, resolve: writing } = Promise.withResolvers<undefined>();
  const writer = other.begin(async (tx) => {
    await tx`select pg_current_xact_id()`;
    writing(undefined);
    await isDone;
  });
  await isWriting;
  try {
    return await work();
  } finally {
    done(undefined);
    await writer;
  }
};

const sealNow = () => sealLedger(sql, { entriesMax: 1_000, ageMaxMs: 0 });

it('seals wait for transactions of their own database, and for no others', async () => {
  const seal = async (orderId: string) => {
    await recordEntries(sql, [earnEntry({ orderId })]);
    return sealNow();
  };
  expect(await during(sql, () => seal('o-1'))).toEqual({ entries: 0, seals: 0 });
  expect(await sealNow()).toEqual({ entries: 1, seals: 1 });
  expect(await during(elsewhere, () => seal('o-2'))).toEqual({ entries: 1, seals: 1 });
});
