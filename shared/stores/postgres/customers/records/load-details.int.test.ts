import { afterAll, expect, it } from 'vitest';
import { localCustomers, localKeys, storedRecord } from '#scripts/matching/customer-fixture.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { inTransaction } from '#shared/stores/postgres/driver/transaction.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { type KnownDetails, loadDetails } from './load-details.ts';
import { recentDetails } from './recent-details.ts';

const sql = connectPostgres({ url: (await testDatabase()).url, max: 2 });
afterAll(() => sql.end());
const { record } = localCustomers(sql);

const recent = recentDetails();

/** The names in all records; the second time they are read, from memory. */
const load = async () => {
  const rows = await sql<{ recordNo: number }[]>`select record_no from customer_records`;
  const known: KnownDetails = new Map();
  await inTransaction(sql, (tx) =>
    loadDetails(
      tx,
      { tenantId: 'default', masterKeys: localKeys.masterKeys, recent },
      { recordNos: rows.map(({ recordNo }) => recordNo), known },
    ),
  );
  return Array.from(known.values(), ({ details }) => details.given.name);
};

it('reads the newest version of a record, and nothing once its key is destroyed', async () => {
  const version = (name: string, at: string) =>
    storedRecord('store', { recordId: 's-1', name, phone: '9820012345' }, new Date(at));
  await record([version('Asha Verma', '2026-11-21T10:00:00Z')]);
  expect([await load(), await load()]).toEqual([['Asha Verma'], ['Asha Verma']]);
  await record([version('Asha Rao', '2026-11-21T11:00:00Z')]);
  expect([await load(), await load()]).toEqual([['Asha Rao'], ['Asha Rao']]);
  await sql`delete from person_keys`;
  expect(await load()).toEqual([]);
});
