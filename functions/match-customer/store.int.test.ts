import { afterAll, describe, expect, it } from 'vitest';
import {
  customerSets,
  dataOf,
  localCustomers,
  storedRecord,
} from '#scripts/matching/customer-fixture.ts';
import { generateRecords } from '#scripts/matching/generate-records.ts';
import { pairwiseQuality } from '#scripts/matching/pairwise-quality.ts';
import { seededRandom } from '#scripts/orders/random.ts';
import { recordName } from '#shared/domain/matching/record-details.ts';
import type { CustomerRecord } from '#shared/stores/postgres/customers/customer-record.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';

const databases = await Promise.all([testDatabase(), testDatabase()]);
const [one, other] = databases.map(({ url }) => connectPostgres({ url, max: 4 }));
if (!one || !other) throw new Error('There are two databases');
afterAll(() => Promise.all([one.end(), other.end()]));

const labelled = generateRecords({ seed: 7, people: 80 });
const records = labelled.map((own) => storedRecord(own.record.source, dataOf(own)));

const shuffled = <Item>(items: readonly Item[], seed: number): readonly Item[] => {
  const random = seededRandom(seed);
  return items
    .map((item) => ({ item, place: random() }))
    .toSorted((a, b) => a.place - b.place)
    .map(({ item }) => item);
};
const batchesOf = (all: readonly CustomerRecord[], size: number) =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, at) =>
    all.slice(at * size, (at + 1) * size),
  );

describe('recordCustomers', () => {
  it('ends with the same customers for any order, batches, redelivery and late older changes', async () => {
    const older = records.slice(0, 60).map((own) => ({
      ...own,
      ...storedRecord(own.source, { name: 'Old Name', phone: '9820012345' }, new Date(0)),
      recordId: own.recordId,
    }));
    const orders = [
      batchesOf(records, 100),
      batchesOf(shuffled([...records, ...records, ...older], 3), 17),
    ];
    for (const [index, batches] of orders.entries())
      for (const batch of batches) await localCustomers(index === 0 ? one : other).record(batch);
    const sets = await customerSets(one);
    expect(await customerSets(other)).toEqual(sets);
    const personOf = new Map(
      labelled.map(({ record, personId }) => [recordName(record), personId]),
    );
    const inBoth = new Map(
      [...personOf].filter(([, person]) =>
        ['dotnet', 'store'].every((source) =>
          [...personOf].some(([name, own]) => own === person && name.startsWith(source)),
        ),
      ),
    );
    const { precision, recall } = pairwiseQuality(sets, inBoth);
    expect(precision).toBeGreaterThanOrEqual(0.995);
    expect(recall).toBeGreaterThan(0.98);
  });
});
