import { expect, it } from 'vitest';
import { defaultModel, problemOfModel } from '#shared/domain/matching/models/matching-model.ts';
import { sampleRecords } from '#shared/stores/postgres/customers/records/sample-records.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { dataOf, localCustomers, localKeys, storedRecord } from './customer-fixture.ts';
import { describeModel } from './describe-model.ts';
import { streamRecords } from './stream-records.ts';
import { trainTenant } from './train-tenant.ts';

const sql = await testSql();

const samples = sampleRecords(sql, { ...localKeys, blockRecordsMax: 500 });
const train = (recordsMax: number) =>
  trainTenant({ tenantId: 'default', samples, base: { model: defaultModel }, recordsMax });

it('trains a usable model on stored records, the same on the same records, and reports what changes', async () => {
  await expect(train(100)).rejects.toThrow('default has 0 records: too few to train');
  const records = Array.from(streamRecords({ seed: 31, people: 200 }), (own) =>
    storedRecord(own.record.source, dataOf(own)),
  );
  const { record } = localCustomers(sql);
  for (let from = 0; from < records.length; from += 500)
    await record(records.slice(from, from + 500));
  const whole = await train(10_000);
  expect(whole).toMatchObject({ records: records.length, sampled: records.length });
  expect(problemOfModel({ ...whole.matching.model })).toBeUndefined();
  expect(await train(10_000)).toEqual(whole);
  const part = await train(200);
  expect(part.sampled).toBe(200);
  expect(part.candidates).toBeLessThan(whole.candidates);
  // A pair with at least one record of the sample counts once: as often among all pairs.
  expect(Math.log2(part.matching.model.prior / whole.matching.model.prior)).toBeLessThan(1);
  expect(describeModel(whole, defaultModel)).toContain('name exact');
});
