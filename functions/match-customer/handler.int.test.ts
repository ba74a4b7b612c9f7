import { afterAll, describe, expect, it } from 'vitest';
import {
  customerSets,
  localCustomerOptions,
  localKeys,
} from '#scripts/matching/customer-fixture.ts';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { defaultModel } from '#shared/domain/matching/models/matching-model.ts';
import type { Source } from '#shared/domain/matching/profile.ts';
import { parseData } from '#shared/runtime/events/event-handler.ts';
import {
  customerField,
  customerPerson,
} from '#shared/stores/postgres/customers/customer-record.ts';
import { lockCustomers } from '#shared/stores/postgres/customers/lock-customers.ts';
import { recordCustomers } from '#shared/stores/postgres/customers/record-customers.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { erasures } from '#shared/stores/postgres/privacy/erasures.ts';
import { personKeys } from '#shared/stores/postgres/privacy/person-keys.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { matchCustomers } from './handler.ts';

const sql = connectPostgres({ url: (await testDatabase()).url, max: 4 });
afterAll(() => sql.end());
const now = new Date('2026-11-22T10:00:00Z');
const [dotnet, store] = matchCustomers({
  customers: recordCustomers(sql, {
    ...localCustomerOptions,
    blockRecordsMax: 500,
    indexKeyIds: localKeys.hashes.keyIds,
  }),
  hashes: localKeys.hashes,
  region: 'IN',
  matchingOf: () => Promise.resolve({ model: defaultModel }),
  tenants: tenantStore(sql),
  outbox: outbox(sql),
  clock: () => now,
  batchItemsMax: { dotnet: 50, store: 100 },
  commitBatchesMax: 10,
});
const handlers = { dotnet: dotnet!, store: store! };

type Fields = Readonly<Record<string, unknown>>;

const deliver = async (
  source: Source,
  fields: readonly Fields[],
  { time = now, committed }: Readonly<{ time?: Date; committed?: () => void }> = {},
) => {
  const { contract, handle } = handlers[source];
  const deliveries = fields.map((data, index) =>
    parseData(contract, {
      ...{ id: `${index}`, source: '/test', type: contract.type, extensions: {}, data },
      time: time.toISOString(),
    }),
  );
  return handle(deliveries, committed);
};
/** The outcome of one record: the types of its events, or the refusal. */
const deliverOne = async (source: Source, fields: Fields, time = now) => {
  const [outcome] = await deliver(source, [fields], { time });
  if (outcome instanceof InvalidEvent) return outcome.message;
  if (outcome === undefined || outcome instanceof Error)
    throw new Error('no outcome', { cause: outcome });
  return outcome.domainEvents.map(({ type, data }) => ({ type, data }));
};

const card = '4111 1111 1111 1111';
const asha = { name: 'Asha Verma', phone: '+91 98200 12345' };

/** All rows of Postgres, as text. */
const everything = async (): Promise<string> => {
  const tables = await sql<{ name: string }[]>`
    select tablename as name from pg_tables where schemaname = 'public'`;
  const dumps = await Promise.all(
    tables.map(({ name }) => sql`select string_agg(own::text, ' ') as text from ${sql(name)} own`),
  );
  return dumps.map(([row]) => String(row?.['text'])).join('\n');
};

describe('matchCustomers', () => {
  it('creates a customer once records of both sources agree, readable with its key alone', async () => {
    const online = {
      ...asha,
      recordId: 'u-1',
      email: 'asha.verma@gmail.com',
      loyalty: { since: 2019 },
    };
    expect(await deliverOne('dotnet', online)).toEqual([]);
    const [created] = (await deliverOne('store', {
      ...asha,
      creditCard: card,
      date: '2026-11-21',
    })) as { type: string; data: object }[];
    expect(created).toMatchObject({
      type: 'guerdon.customer.created.v1',
      data: {
        customerId: 1,
        version: 1,
        records: [{ source: 'dotnet', recordId: 'u-1' }, { source: 'store' }],
      },
    });
    const [row] = await sql<{ details: string; dataSources: string[] }[]>`
      select details, data_sources from customers`;
    expect(row?.dataSources).toEqual(['dotnet', 'store']);
    const [cipher] = await personKeys(sql, localKeys).toDecrypt([customerPerson('default', 1)]);
    expect(JSON.parse(cipher?.decrypt(customerField, row?.details ?? '') ?? '')).toMatchObject({
      ...{ name: 'Asha Verma', phone: '+919820012345', email: 'asha.verma@gmail.com' },
      card: { token: localKeys.hashes.cardToken('default', '4111111111111111'), lastFour: '1111' },
      names: ['Asha Verma'],
    });
    const stored = await everything();
    // Long enough that no time or hash contains them by chance.
    for (const value of ['Asha Verma', 'asha.verma', '98200 12345', '9820012345', 'loyalty'])
      expect(stored).not.toContain(value);
    for (const value of [card, card.replaceAll(' ', ''), card.slice(0, 9)])
      expect(stored).not.toContain(value);
  });

  it('keeps fields that it does not know, and no card number in any of them', async () => {
    await deliverOne('store', {
      recordId: 's-7',
      name: 'Ravi',
      phone: 9820054321,
      creditCard: 'unreadable',
      note: `card ${card}`,
      schemaVersion: 3,
    });
    const [row] = await sql<{ details: string }[]>`
      select details from customer_records where record_id = 's-7'`;
    const [cipher] = await personKeys(sql, localKeys).toDecrypt([
      { tenantId: 'default', personId: 'record:store:s-7' },
    ]);
    const { given } = JSON.parse(
      cipher?.decrypt('customer_records.details', row?.details ?? '') ?? '',
    ) as { given: object };
    expect(given).toEqual({
      ...{ name: 'Ravi', phone: '9820054321' },
      further: { note: 'card **** **** **** 1111', schemaVersion: 3 },
    });
  });

  it('follows a change of a record, and never an older one that comes late', async () => {
    const at = (minute: number) => new Date(now.getTime() - 3_600_000 + minute * 60_000);
    const online = { recordId: 'u-2', name: 'Meera Iyer', phone: '98111 22334' };
    await deliverOne('dotnet', online, at(1));
    await deliverOne('store', { ...online, recordId: 's-2' }, at(1));
    const sets = await customerSets(sql);
    expect(sets).toContainEqual(['dotnet:u-2', 'store:s-2']);
    const changed = { recordId: 's-2', name: 'Kiran Rao', phone: '98999 55443' };
    expect(await deliverOne('store', changed, at(3))).toMatchObject([
      { type: 'guerdon.customer.updated.v1', data: { records: [] } },
    ]);
    expect(
      await deliverOne('store', { ...changed, name: 'Meera Iyer', phone: '98111 22334' }, at(2)),
    ).toEqual([]);
    expect(await customerSets(sql)).not.toContainEqual(['dotnet:u-2', 'store:s-2']);
    expect(await deliverOne('store', { ...online, recordId: 's-2' }, at(4))).toMatchObject([
      {
        type: 'guerdon.customer.updated.v1',
        data: { records: [{ recordId: 'u-2' }, { recordId: 's-2' }] },
      },
    ]);
    expect(await customerSets(sql)).toEqual(sets);
    expect(await deliverOne('store', { ...online, recordId: 's-2' }, at(4))).toEqual([]);
  });

  it('accepts the next batch while one waits for the lock of its tenant', async () => {
    const { promise: accepted, resolve } = Promise.withResolvers<undefined>();
    const stored = () => sql`select from customer_records where record_id = 'u-8'`;
    const { waiting } = await sql.begin(async (tx) => {
      await lockCustomers(tx, 'default');
      const committed = () => resolve(undefined);
      const waiting = deliver('dotnet', [{ ...asha, recordId: 'u-8' }], { committed });
      await accepted;
      expect(await stored()).toHaveLength(0);
      return { waiting };
    });
    expect(await waiting).toMatchObject([{ kind: 'done' }]);
    expect(await stored()).toHaveLength(1);
  });

  it('stores nothing of a record whose person is erased', async () => {
    await erasures(sql).request({ tenantId: 'default', personId: 'record:dotnet:u-3' }, 'ann');
    await erasures(sql).request({ tenantId: 'default', personId: 'c-3' }, 'ann');
    await deliver('dotnet', [
      { ...asha, recordId: 'u-3' },
      { ...asha, recordId: 'u-4', accountId: 'c-3' },
    ]);
    expect(await sql`select from customer_records where record_id in ('u-3', 'u-4')`).toEqual([]);
  });

  it('names the defects of a record, but none of its values', async () => {
    expect(await deliverOne('store', { ...asha, tenantId: 'nobody' })).toBe(
      'Tenant nobody does not exist',
    );
    const wrong = { name: 7, phone: asha.phone, creditCard: card, recordId: 'a b' };
    const refusal = await deliverOne('store', wrong).catch(String);
    expect(refusal).toContain('name must be a string');
    expect(refusal).toContain('recordId must be 1 to 128 printable');
    for (const value of ['4111', '98200', 'a b']) expect(refusal).not.toContain(value);
  });
});
