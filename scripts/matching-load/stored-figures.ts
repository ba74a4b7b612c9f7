import { type PairwiseQuality, qualityOf } from '#scripts/matching/pairwise-quality.ts';
import { personOfRecord } from '#scripts/matching/stream-records.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';

/** A table with its size in bytes; indexes include that of its key. */
type TableSize = Readonly<{
  table: string;
  rows: number;
  tableBytes: number;
  indexBytes: number;
}>;

/** The customers that records of `streamRecords` form. */
export type StoredFigures = Readonly<{
  records: number;
  /** Records that belong to a customer. */
  matched: number;
  customers: number;
  quality: PairwiseQuality;
  sizes: readonly TableSize[];
}>;

/** Reads them in memory that does not depend on the number of records. */
export const readStored = async (sql: Sql, truePairs: number): Promise<StoredFigures> => {
  const [counts] = await sql<[{ records: number; matched: number; customers: number }]>`
    select count(*)::int as records, count(customer_id)::int as matched,
      (select count(*)::int from customers where merged_into is null) as customers
    from customer_records`;
  return {
    ...counts,
    quality: qualityOf({ truePairs, ...(await countPairs(sql)) }),
    sizes: await readSizes(sql),
  };
};

const countPairs = async (sql: Sql) => {
  const pairs = { foundPairs: 0, correctPairs: 0 };
  let customer = 0;
  let people = new Map<string, number>();
  const take = ({ customerId, recordId }: CustomerRecordRow) => {
    if (customerId !== customer) {
      close();
      customer = customerId;
      people = new Map();
    }
    const person = personOfRecord(recordId);
    people.set(person, (people.get(person) ?? 0) + 1);
  };
  const close = () => {
    const counts = [...people.values()];
    pairs.foundPairs += pairsOf(counts.reduce((sum, count) => sum + count, 0));
    pairs.correctPairs += counts.reduce((sum, count) => sum + pairsOf(count), 0);
  };
  const rows = sql<CustomerRecordRow[]>`
    select customer_id, record_id from customer_records
    where customer_id is not null order by customer_id`;
  for await (const page of rows.cursor(10_000)) page.forEach(take);
  close();
  return pairs;
};

type CustomerRecordRow = Readonly<{ customerId: number; recordId: string }>;

const pairsOf = (count: number): number => (count * (count - 1)) / 2;

const tables = [
  ...['customer_records', 'matching_blocks', 'record_links', 'person_keys', 'customers'],
] as const;

const readSizes = async (sql: Sql): Promise<readonly TableSize[]> => {
  const sizes: TableSize[] = [];
  for (const table of tables) {
    const [size] = await sql<[TableSize]>`
      select ${table}::text as "table", count(*)::bigint as rows,
        pg_table_size(${table}::regclass) as table_bytes, pg_indexes_size(${table}::regclass) as index_bytes
      from ${sql(table)}`;
    sizes.push(size);
  }
  return sizes;
};
