import { expect, it } from 'vitest';
import { defaultModel, type MatchingModel } from '#shared/domain/matching/models/matching-model.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { backfillPositions } from '#shared/stores/postgres/changes/backfill-positions.ts';
import { recordCustomers } from '#shared/stores/postgres/customers/record-customers.ts';
import { rescoreRecords } from '#shared/stores/postgres/customers/records/rescore-records.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { newTenant } from '#shared/testing/worlds/tenants.ts';
import {
  customerSets,
  dataOf,
  localCustomerOptions,
  localKeys,
  localTerms,
  storedRecord,
} from './customer-fixture.ts';
import { generateRecords } from './generate-records.ts';
import { rescoreTenant } from './rescore-tenant.ts';

const sql = await testSql();

const indexKeyIds = localKeys.hashes.keyIds;
const options = { ...localCustomerOptions, blockRecordsMax: 500, indexKeyIds };
const { record } = recordCustomers<DomainEvent>(sql, options);
const labelled = generateRecords({ seed: 17, people: 50 });
const half = Math.floor(labelled.length / 2);

/** A model that needs more evidence for one person. */
const strict: MatchingModel = { ...defaultModel, version: 'strict', prior: 3e-8 };
const termsOf = (model: MatchingModel) => ({ ...localTerms, matching: { model } });

const importRecords = async (
  tenantId: string,
  model: MatchingModel,
  own: typeof labelled = labelled,
) => {
  const records = own.map((each) =>
    storedRecord(each.record.source, { ...dataOf(each), tenantId }),
  );
  for (let at = 0; at < records.length; at += 50)
    await record(tenantId, records.slice(at, at + 50), termsOf(model));
};

/** Rescores pages of 20 records, with other work before each. */
const rescore = (
  tenantId: string,
  model: MatchingModel,
  beforePage: (page: number) => Promise<void> = () => Promise.resolve(),
) => {
  let pages = 0;
  return rescoreTenant({
    ...{ tenantId, version: model.version, positions: backfillPositions(sql) },
    publish: () => Promise.resolve(),
    rescore: async (after) => {
      await beforePage((pages += 1));
      const page = { ...termsOf(model), tenantId, after, recordsMax: 20 };
      return rescoreRecords<DomainEvent>(sql, options, page);
    },
  });
};

const countLinksBy = async ({ version }: MatchingModel, tenantId: string) => {
  const links = await sql`
    select from record_links where tenant_id = ${tenantId} and score ->> 'model' = ${version}`;
  return links.length;
};

it('ends with the customers of an import by the new model, interrupted and resumed while records arrive', async () => {
  const tenantId = await newTenant(sql, 'rescored');
  const scratch = await newTenant(sql, 'scratch');
  await importRecords(tenantId, defaultModel, labelled.slice(0, half));
  await importRecords(scratch, strict);
  const interrupted = rescore(tenantId, strict, async (page) => {
    // Meanwhile another pod matches by the new model.
    if (page === 2) await importRecords(tenantId, strict, labelled.slice(half));
    if (page === 3) throw new Error('killed');
  });
  await expect(interrupted).rejects.toThrow('killed');
  expect(await countLinksBy(defaultModel, tenantId)).toBeGreaterThan(0);
  const report = await rescore(tenantId, strict);
  expect(await countLinksBy(defaultModel, tenantId)).toBe(0);
  expect(await customerSets(sql, tenantId)).toEqual(await customerSets(sql, scratch));
  expect(report.linksRemoved).toBeGreaterThan(0);
  expect(report.records).toBeGreaterThanOrEqual(half);
});

it('changes nothing the second time, and returns to the customers of the previous model', async () => {
  const tenantId = await newTenant(sql, 'back');
  await importRecords(tenantId, defaultModel);
  const before = await customerSets(sql, tenantId);
  const unchanged = { created: 0, updated: 0, merged: 0, split: 0, linksAdded: 0, linksRemoved: 0 };
  expect(await rescore(tenantId, defaultModel)).toEqual({ records: labelled.length, ...unchanged });
  const report = await rescore(tenantId, strict);
  expect(await rescore(tenantId, strict)).toMatchObject(unchanged);
  expect(await customerSets(sql, tenantId)).not.toEqual(before);
  const back = await rescore(tenantId, defaultModel);
  expect(await customerSets(sql, tenantId)).toEqual(before);
  expect(back.linksAdded - back.linksRemoved).toBe(report.linksRemoved - report.linksAdded);
});
