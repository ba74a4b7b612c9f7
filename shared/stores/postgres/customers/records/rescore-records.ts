import type { CustomerChange } from '#shared/domain/matching/customer-change.ts';
import type { Sql, Transaction } from '../../driver/connect.ts';
import { inTransaction } from '../../driver/transaction.ts';
import type { OutboxEvent } from '../../journal/outbox.ts';
import { assignCustomers } from '../assign-customers.ts';
import type { AssignTerms, CustomerOptions } from '../customer-record.ts';
import { findPairs } from '../links/find-pairs.ts';
import { dropLinks, writeLinks } from '../links/write-links.ts';
import { lockCustomers } from '../lock-customers.ts';
import { byIndex } from './by-index.ts';
import { contractKeys, readIndexKeys } from './index-keys.ts';
import { type KnownDetails, loadDetails } from './load-details.ts';
import { type RecordPlace, readRecordPage } from './record-page.ts';

type Options = CustomerOptions &
  Readonly<{ blockRecordsMax: number; indexKeyIds: readonly string[] }>;

/** Which records of a tenant are to be scored again. */
type Page<DomainEvent extends OutboxEvent> = AssignTerms<DomainEvent> &
  Readonly<{ tenantId: string; after: RecordPlace; recordsMax: number }>;

/** What scoring a page of records again did. */
export type RescoredPage<DomainEvent extends OutboxEvent> = Readonly<{
  /** The last record of the page; undefined after the last one of the tenant. */
  last: RecordPlace | undefined;
  records: number;
  /** Links that were not there before, and those that are no longer there. */
  linksAdded: number;
  linksRemoved: number;
  changes: readonly CustomerChange[];
  /** They are in the outbox, to be published after the commit. */
  domainEvents: readonly DomainEvent[];
}>;

/**
 * Scores the next records of a tenant anew, with all records that share a key with them, and
 * assigns their customers, in one transaction under the lock of the tenant. Once every record had
 * its turn, customers are what an import of all records with the same model makes of them.
 * Repeating a page changes nothing, and records that arrive between pages are matched as always.
 * @throws Unavailable when Postgres is unavailable; repeating is safe
 */
export const rescoreRecords = <DomainEvent extends OutboxEvent>(
  sql: Sql,
  options: Options,
  page: Page<DomainEvent>,
): Promise<RescoredPage<DomainEvent>> =>
  inTransaction(sql, async (tx) => {
    const { tenantId, matching } = page;
    await lockCustomers(tx, tenantId);
    const { isContracting } = await readIndexKeys(tx, tenantId, options.indexKeyIds);
    if (isContracting) await contractKeys(tx, (await readRecordPage(tx, page)).map(numberOf));
    const records = await readRecordPage(tx, page);
    const recordNos = records.map(numberOf);
    const before = await readLinked(tx, recordNos);
    const left = await dropLinks(tx, recordNos);
    const keyed = records.map(({ recordNo, blockKeys }) => ({
      ...{ recordNo, record: { blockKeys }, gained: [], lost: [] },
    }));
    const { pairs } = await findPairs(tx, keyed, options.blockRecordsMax);
    const known: KnownDetails = new Map();
    await loadDetails(tx, { ...options, tenantId }, { recordNos: pairs.flat(), known });
    const { changes, domainEvents } = await assignCustomers(tx, options, {
      ...page,
      touched: {
        ...{ recordNos: [...new Set([...recordNos, ...left])], known },
        linked: writeLinks(tx, { tenantId, matching, known }, pairs),
      },
    });
    const after = await readLinked(tx, recordNos);
    return {
      ...{ last: records.at(-1), records: records.length, changes, domainEvents },
      linksAdded: countMissing(before, after),
      linksRemoved: countMissing(after, before),
    };
  });

const numberOf = ({ recordNo }: Readonly<{ recordNo: number }>): number => recordNo;

const countMissing = (own: ReadonlySet<string>, all: ReadonlySet<string>): number =>
  [...all].filter((pair) => !own.has(pair)).length;

/** The links of records, each by its two records. */
const readLinked = async (
  tx: Transaction,
  recordNos: readonly number[],
): Promise<ReadonlySet<string>> => {
  const rows = await tx<{ a: number; b: number }[]>`
    select own.a, own.b from unnest(${recordNos}::bigint[]) as wanted (record_no) cross join lateral (
      select a, b from record_links where a = wanted.record_no and band = 'LINK'
      union all select a, b from record_links where b = wanted.record_no and band = 'LINK'
      ${byIndex(tx)}) own`;
  return new Set(rows.map(({ a, b }) => `${a} ${b}`));
};
