import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { hashRecord, readRecord } from '#functions/match-customer/read-record.ts';
import { assert } from '#shared/domain/assert.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import type { Source } from '#shared/domain/matching/profile.ts';
import { StoreRecordChanged } from '#shared/eventing/contracts/customer-records.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { type CustomerHashes, customerHashes } from '#shared/runtime/customer-hashes.ts';
import { backfillPositions } from '#shared/stores/postgres/changes/backfill-positions.ts';
import { customerReader } from '#shared/stores/postgres/customers/customer-reader.ts';
import { recordCustomers } from '#shared/stores/postgres/customers/record-customers.ts';
import {
  type IndexRotation,
  indexRotation,
} from '#shared/stores/postgres/customers/records/rotate-index.ts';
import { personKeys } from '#shared/stores/postgres/privacy/person-keys.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { newTenant } from '#shared/testing/worlds/tenants.ts';
import {
  customerSets,
  dataOf,
  localCustomerOptions,
  localKeys,
  localTerms,
} from './customer-fixture.ts';
import { generateRecords } from './generate-records.ts';
import { rotateIndex } from './rotate-index.ts';

const sql = await testSql({ max: 6 });

const keyOf = (id: string) => ({ id, bytes: createHash('sha256').update(id).digest() });
const before = customerHashes([keyOf('k1')]);
const ring = customerHashes([keyOf('k2'), keyOf('k1')]);

/** A pod of match-customer with some keys; blocks of more than 12 records propose no pairs. */
const podWith = (hashes: CustomerHashes) => {
  const options = { ...localCustomerOptions, nameAndPhoneHash: hashes.nameAndPhone };
  const store = recordCustomers<DomainEvent>(sql, {
    ...{ ...options, blockRecordsMax: 12, indexKeyIds: hashes.keyIds },
  });
  return (tenantId: string, rows: readonly Row[]) =>
    store.record(
      tenantId,
      rows.map(({ source, fields, at }) =>
        readRecord(
          {
            source,
            data: StoreRecordChanged.schema.parse({ ...fields, tenantId }),
            changedAt: new Date(at),
          },
          { hashes, region: 'IN' },
        ),
      ),
      localTerms,
    );
};

type Row = Readonly<{ source: Source; fields: Readonly<Record<string, unknown>>; at: number }>;

const generated = generateRecords({ seed: 41, people: 40 }).map(
  (own): Row => ({ source: own.record.source, fields: dataOf(own), at: 1_000 }),
);
/** Records that share a phone, more than are compared; and some without an id, with a card. */
const crowd = Array.from(
  { length: 24 },
  (_, index): Row => ({
    source: index % 2 === 0 ? 'dotnet' : 'store',
    fields: { recordId: `crowd-${index}`, name: `Asha Verma${index % 5}`, phone: '+912245678301' },
    at: 1_000,
  }),
);
const unnamed = (['dotnet', 'store'] as const).map(
  (source): Row => ({
    source,
    fields: { name: 'Vikram Seth', phone: '9876501234', creditCard: '4111 1111 1111 1111' },
    at: 1_000,
  }),
);
const rows = [...unnamed, ...generated, ...crowd];
const early = rows.filter((_row, index) => index % 2 === 0 || index < 2);
const late = [
  ...rows.filter((_row, index) => index % 2 === 1 && index > 1),
  // Some that were stored before have another phone now.
  ...early.slice(10, 22).map(({ source, fields }, index) => ({
    ...{ source, fields: { ...fields, phone: `98111000${10 + index}` }, at: 2_000 },
  })),
  ...early.slice(30, 40),
];

const inBatches = async (
  pod: ReturnType<typeof podWith>,
  tenantId: string,
  own: readonly Row[],
) => {
  for (let at = 0; at < own.length; at += 20) await pod(tenantId, own.slice(at, at + 20));
};

/** Records without an id are named by a hash that is specific to the tenant. */
const setsOf = async (tenantId: string) =>
  (await customerSets(sql, tenantId))
    .map((records) => records.join(' ').replaceAll(/content-\w+/g, 'content'))
    .toSorted();

it('rotates under load and interrupted: the same customers, found before, during and after', async () => {
  const [tenantId, control] = [await newTenant(sql, 'rotated'), await newTenant(sql, 'control')];
  const [oldPod, pod, other] = [podWith(before), podWith(ring), podWith(ring)];
  await inBatches(oldPod, control, [...early, ...late]);
  await inBatches(oldPod, tenantId, early);
  const customers = customerReader(sql, personKeys(sql, localKeys));
  const find = async () => {
    const blockKeys = ring.blockKeys(tenantId, 'phone +919876501234');
    return (await customers.search(tenantId, { blockKeys, after: 0, limit: 10 })).customers;
  };
  const [found] = await find();
  expect(found?.customerId).toBeGreaterThan(0);

  let arrived = 0;
  const arrive = () => late.slice(arrived, (arrived += 2));
  const rotation = indexRotation(sql, tenantId, {
    ...{ masterKeys: localKeys.masterKeys, keyIds: ring.keyIds },
    hashRecord: (record, keyId) => hashRecord(record, ring, keyId),
  });
  let pages = 0;
  const underLoad =
    (step: 'expand' | 'contract'): IndexRotation['expand'] =>
    async (page) => {
      const [last] = await Promise.all([
        rotation[step](page),
        pod(tenantId, arrive()),
        other(tenantId, arrive()),
      ]);
      expect(await find()).toMatchObject([{ customerId: found?.customerId }]);
      pages += 1;
      if (pages % 5 === 0) throw new Error('killed');
      return last;
    };
  const run = () =>
    rotateIndex({
      ...{ tenantId, positions: backfillPositions(sql), recordsMax: 9 },
      rotation: { ...rotation, expand: underLoad('expand'), contract: underLoad('contract') },
    });
  const runs: boolean[] = [];
  while (runs.length === 0) {
    const done = await run().catch((error: unknown) => {
      assert(error instanceof Error && error.message === 'killed', String(error));
    });
    if (done !== undefined) runs.push(done);
  }
  expect(pages).toBeGreaterThan(20);
  expect(await run()).toBe(false);
  await inBatches(pod, tenantId, late.slice(arrived));

  expect(await setsOf(tenantId)).toEqual(await setsOf(control));
  expect(await find()).toMatchObject([{ customerId: found?.customerId }]);
  const [stored] = await sql<[{ both: number; keys: number; rows: number }]>`
    select count(next_keys)::int as both,
      sum((select count(distinct key) from unnest(block_keys) as key))::int as keys,
      (select count(*)::int from matching_blocks block join customer_records own using (record_no)
        where own.tenant_id = ${tenantId}) as rows
    from customer_records where tenant_id = ${tenantId}`;
  expect(stored).toMatchObject({ both: 0, rows: stored.keys });
  // Each record has the hashes of the new key: delivered again, it is recognized.
  const again = await pod(tenantId, [...rows, ...late]);
  expect([again.outcomes.size, again.changes]).toEqual([0, []]);
  await expect(oldPod(tenantId, rows.slice(0, 1))).rejects.toThrow(Unavailable);
});
