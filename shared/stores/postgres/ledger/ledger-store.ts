import { Unavailable } from '#shared/domain/errors.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import {
  conflictBetween,
  type LedgerConflict,
  type LedgerEntry,
} from '#shared/domain/ledger/ledger-entry.ts';
import { rowsOf, type Sql } from '../driver/connect.ts';
import { withPostgres } from '../driver/transaction.ts';
import {
  type ArchivedOrder,
  type EntryRow,
  entryColumns,
  entryKeyColumns,
  readArchivedOrders,
  recordedEntry,
  toEntry,
} from './ledger-rows.ts';
import { entryKey, recordEntries } from './record-entries.ts';

/**
 * The outcome of a commit: `booked` now; `replayed` from an earlier time with the same content;
 * `archived` with the same content; or a `conflict`, if different content is recorded under the key
 * and nothing was changed.
 */
type CommitOutcome = Readonly<
  | { kind: 'booked' | 'replayed'; entry: LedgerEntry; balance: Balance }
  | { kind: 'archived' }
  | { kind: 'conflict'; recorded: RecordedEssence; field: LedgerConflict }
>;

/** What a repeated order is compared with. */
export type RecordedEssence = Pick<LedgerEntry, 'orderId' | LedgerConflict>;

export type LedgerStore = Readonly<{
  /**
   * Records orders that are rated independently, each exactly once per business key even if it is
   * repeated or concurrent. Durable when it resolves. Returns one outcome per entry, in order.
   * @throws Unavailable when Postgres is not there; nothing is known then, and repeating is safe.
   * StaleTerms if the orders of a wallet are now rated together: then nothing was recorded.
   */
  commit: (entries: readonly LedgerEntry[]) => Promise<readonly CommitOutcome[]>;
}>;

/** The points ledger with its balances. */
export const ledgerStore = (sql: Sql): LedgerStore => ({
  commit: async (entries) => {
    if (entries.length === 0) return [];
    const first = new Map(entries.toReversed().map((entry) => [entryKey(entry), entry]));
    const written = await withPostgres(() =>
      recordEntries(sql, [...first.values()], { areRatedAlone: true }),
    );
    // A second statement, because the first one's snapshot is older than a row that it had to wait
    // for.
    const others = [...first.values()].filter((entry) => !written.has(entryKey(entry)));
    const recorded = await withPostgres(() => lookUp(sql, others));
    const missing = others.filter((entry) => !recorded.has(entryKey(entry)));
    const archived = await withPostgres(() => lookUpArchived(sql, missing));

    return entries.map((entry): CommitOutcome => {
      const key = entryKey(entry);
      const balance = written.get(key);
      const isFirst = first.get(key) === entry;
      if (balance !== undefined && isFirst) return { kind: 'booked', entry, balance };
      const old = archived.get(key);
      if (old !== undefined) return compare(old, entry, { kind: 'archived' });
      const before = balance ? { entry: first.get(key), balance } : recorded.get(key);
      if (before?.entry === undefined)
        throw new Unavailable('postgres', `The month of ${key} is being restored`);
      const replayed = {
        kind: 'replayed',
        entry: before.entry,
        balance: before.balance,
      } as const;
      return compare(before.entry, entry, replayed);
    });
  },
});

/** The outcome for an entry whose key was recorded before: the same, or a conflict. */
const compare = (
  recorded: RecordedEssence,
  entry: LedgerEntry,
  outcome: CommitOutcome,
): CommitOutcome => {
  const field = conflictBetween(recorded, entry);
  return field === undefined ? outcome : { kind: 'conflict', recorded, field };
};

/** Reads entries that are archived, by entry key. */
const lookUpArchived = async (
  sql: Sql,
  entries: readonly LedgerEntry[],
): Promise<ReadonlyMap<string, ArchivedOrder>> => {
  if (entries.length === 0) return new Map();
  const orders = await readArchivedOrders(
    sql,
    entries.map(({ tenantId, causeId }) => ({ tenantId, orderId: causeId })),
  );
  return new Map(
    entries.flatMap((entry) => {
      const own = orders.find(
        ({ tenantId, orderId }) => tenantId === entry.tenantId && orderId === entry.causeId,
      );
      return own === undefined ? [] : [[entryKey(entry), own]];
    }),
  );
};

type Recorded = Readonly<{ entry: LedgerEntry; balance: Balance }>;

/** Reads entries that were recorded before, with the current balances of their customers. */
const lookUp = async (
  sql: Sql,
  entries: readonly LedgerEntry[],
): Promise<ReadonlyMap<string, Recorded>> => {
  if (entries.length === 0) return new Map();
  const rows = await sql<RecordedRow[]>`
    select ${entryColumns(sql)}, balance.points as held_points, balance.pending, balance.reserved,
      balance.lifetime, balance.version, balance.reached_at
    from ${rowsOf(sql, { wanted: entries }, entryKeyColumns)}
    cross join lateral (${recordedEntry(sql)}) ledger
    cross join lateral (
      select * from points_balances current
      where current.tenant_id = ledger.tenant_id and current.customer_id = ledger.customer_id
        and current.program = ledger.program
      limit 1) balance`;
  return new Map(
    rows.map(({ heldPoints, pending, reserved, lifetime, version, reachedAt, ...row }) => {
      const entry = toEntry(row);
      const { tenantId, customerId, program } = entry;
      const current = { points: heldPoints, pending, reserved, lifetime, version, reachedAt };
      return [entryKey(row), { entry, balance: { tenantId, customerId, program, ...current } }];
    }),
  );
};

type RecordedRow = EntryRow & Omit<Balance, 'points'> & Readonly<{ heldPoints: number }>;
