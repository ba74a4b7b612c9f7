import { recordName } from '#shared/domain/matching/record-details.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { inTransaction } from '../driver/transaction.ts';
import type { OutboxEvent } from '../journal/outbox.ts';
import { type PersonKeys, personKeys } from '../privacy/person-keys.ts';
import { type Assignment, assignCustomers, type RecordMatch } from './assign-customers.ts';
import {
  type AssignTerms,
  type CustomerOptions,
  type CustomerRecord,
  recordField,
  recordPerson,
} from './customer-record.ts';
import { findPairs } from './links/find-pairs.ts';
import { dropCrowd, dropLinks, writeLinks } from './links/write-links.ts';
import { lockCustomers } from './lock-customers.ts';
import {
  contractKeys,
  type IndexKeys,
  readIndexKeys,
  writeNextKeys,
} from './records/index-keys.ts';
import { type KnownDetails, loadDetails } from './records/load-details.ts';
import { type RecentDetails, recentDetails } from './records/recent-details.ts';
import {
  type EncryptedRecord,
  isNewer,
  newerRecords,
  readStored,
  type StoredRecord,
  type WrittenRecord,
  writeRecords,
} from './records/write-records.ts';

/** What a commit did. */
export type RecordedCustomers<DomainEvent extends OutboxEvent> = Pick<
  Assignment<DomainEvent>,
  'changes' | 'domainEvents'
> &
  Readonly<{
    /** The outcomes of records that were new or newer than the stored ones, by name. */
    outcomes: ReadonlyMap<string, RecordOutcome>;
    /** Keys of the batch whose blocks are too large to be searched. */
    oversizedBlocks: number;
    /** Pairs that were scored because they share a key. */
    pairs: number;
  }>;

export type RecordOutcome = RecordMatch & Readonly<{ kind: 'new' | 'changed' }>;

export type RecordCustomers<DomainEvent extends OutboxEvent> = Readonly<{
  /**
   * Records what sources delivered about customers of one tenant and assigns customers anew, all or
   * nothing, with their events in the outbox. Repeating changes nothing, and for any order of
   * records, batches and pods the customers in the end have the same records.
   * @throws Unavailable when Postgres is unavailable; repeating is safe
   */
  record: (
    tenantId: string,
    records: readonly CustomerRecord[],
    terms: AssignTerms<DomainEvent>,
  ) => Promise<RecordedCustomers<DomainEvent>>;
}>;

type Options = CustomerOptions &
  Readonly<{
    /** A key that more records share proposes none of them. */
    blockRecordsMax: number;
    /** Keys that hash records, the newest first: those of `hashedBy`. */
    indexKeyIds: readonly string[];
  }>;

/** The store that match-customer writes. */
export const recordCustomers = <DomainEvent extends OutboxEvent>(
  sql: Sql,
  options: Options,
): RecordCustomers<DomainEvent> => {
  const keys = personKeys(sql, { masterKeys: options.masterKeys });
  const recent = recentDetails();
  return {
    record: async (tenantId, records, terms) => {
      // Before the lock, for which every batch of the tenant waits.
      const encrypted = await encryptRecords({ keys, recent }, tenantId, newestOf(records));
      return inTransaction(sql, (tx) =>
        commitRecords(tx, { ...options, recent }, { ...terms, tenantId, encrypted }),
      );
    },
  };
};

const encryptRecords = async (
  { keys, recent }: Readonly<{ keys: PersonKeys; recent: RecentDetails }>,
  tenantId: string,
  records: readonly CustomerRecord[],
): Promise<readonly EncryptedRecord[]> => {
  const persons = records.map((record) => recordPerson(tenantId, record));
  const ciphers = await keys.toEncrypt(persons);
  return records.flatMap((record, index) => {
    const [person, cipher] = [persons[index], ciphers[index]];
    if (person === undefined || cipher === undefined) return [];
    const ciphertext = cipher.encrypt(recordField, JSON.stringify(record.details));
    recent.remember(person, { ciphertext, details: record.details });
    return [{ ...record, ciphertext }];
  });
};

const commitRecords = async <DomainEvent extends OutboxEvent>(
  tx: Transaction,
  options: Options,
  {
    encrypted,
    ...terms
  }: AssignTerms<DomainEvent> &
    Readonly<{ tenantId: string; encrypted: readonly EncryptedRecord[] }>,
): Promise<RecordedCustomers<DomainEvent>> => {
  const { tenantId, matching } = terms;
  // Sent together: each statement sees what was committed before it began, so those after the lock
  // see what its last holder wrote.
  const [, keys, found] = await Promise.all([
    lockCustomers(tx, tenantId),
    readIndexKeys(tx, tenantId, options.indexKeyIds),
    readStored(tx, encrypted),
  ]);
  const stored = keys.isContracting ? await contractStored(tx, encrypted, found) : found;
  const written = newerRecords(hashedByCurrent(encrypted, keys, options), stored);
  const known: KnownDetails = new Map(written.map(({ recordNo, record }) => [recordNo, record]));
  const { pairs, touched, oversizedBlocks } = await changePairs(tx, written, {
    ...options,
    ...keys,
  });
  await loadDetails(tx, { ...options, tenantId }, { recordNos: pairs.flat(), known });
  const changedNos = new Set(written.map(({ recordNo }) => recordNo));
  const { matches, changes, domainEvents } = await assignCustomers(tx, options, {
    ...terms,
    touched: {
      ...{ recordNos: [...new Set([...changedNos, ...touched])], changedNos, known },
      fresh: written.filter(({ isNew }) => isNew),
      linked: writeLinks(tx, { tenantId, matching, known }, pairs),
    },
  });
  await writeNext(tx, written, keys);
  const outcomes = new Map(
    written.map(({ isNew, record }): [string, RecordOutcome] => {
      const name = recordName(record);
      const match = matches.get(name) ?? { isCustomer: false, isDuplicate: false };
      return [name, { ...match, kind: isNew ? 'new' : 'changed' }];
    }),
  );
  return { changes, domainEvents, outcomes, oversizedBlocks, pairs: pairs.length };
};

/** Makes the keys of stored records those of the current one alone, and reads them again. */
const contractStored = async (
  tx: Transaction,
  records: readonly EncryptedRecord[],
  found: ReadonlyMap<string, StoredRecord>,
): Promise<ReadonlyMap<string, StoredRecord>> => {
  const stored = found.values().filter(({ content }) => content !== null);
  await contractKeys(
    tx,
    Array.from(stored, ({ recordNo }) => recordNo),
  );
  return readStored(tx, records);
};

const hashedByCurrent = (
  records: readonly EncryptedRecord[],
  { current }: IndexKeys,
  { indexKeyIds: [newest] }: Options,
): readonly EncryptedRecord[] =>
  current === newest
    ? records
    : records.map((record) => ({ ...record, ...record.hashedBy(current) }));

const writeNext = async (
  tx: Transaction,
  written: readonly WrittenRecord[],
  { next }: IndexKeys,
): Promise<void> => {
  if (next === null) return;
  const hashes = written.map(({ recordNo, record }) => ({ recordNo, ...record.hashedBy(next) }));
  await writeNextKeys(tx, hashes);
};

/**
 * The pairs that records written are part of, after the links that rested on what they were, or on
 * blocks that are too large now, were deleted; and the other records whose links change.
 */
const changePairs = async (
  tx: Transaction,
  written: readonly WrittenRecord[],
  { blockRecordsMax, isContracting }: Options & IndexKeys,
) => {
  const changed = written.filter(({ isNew }) => !isNew).map(({ recordNo }) => recordNo);
  // Sent together, in this order: blocks are read after they are written.
  const [, left, { pairs, crowds, oversizedBlocks }] = await Promise.all([
    writeRecords(tx, written),
    dropLinks(tx, changed),
    findPairs(tx, written, blockRecordsMax),
  ]);
  const dropped: (readonly number[])[] = [];
  for (const crowd of crowds) {
    if (isContracting) await contractKeys(tx, crowd);
    dropped.push(await dropCrowd(tx, crowd, blockRecordsMax));
  }
  const fresh = new Set(written.map(({ recordNo }) => recordNo));
  // Pairs that a block proposes again, since it has become small enough.
  const again = pairs.filter(([a, b]) => !fresh.has(a) && !fresh.has(b));
  return { pairs, touched: [...left, ...dropped.flat(), ...again.flat()], oversizedBlocks };
};

/** One version of each record, the newest. */
const newestOf = (records: readonly CustomerRecord[]): readonly CustomerRecord[] => {
  const newest = new Map<string, CustomerRecord>();
  for (const record of records) {
    const name = `${record.source} ${record.recordId}`;
    const other = newest.get(name);
    if (other === undefined || isNewer(record, other)) newest.set(name, record);
  }
  return [...newest.values()];
};
