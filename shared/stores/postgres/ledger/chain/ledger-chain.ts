import { rowsOf, type Sql, type Transaction } from '#shared/stores/postgres/driver/connect.ts';
import { eachRow } from '#shared/stores/postgres/driver/each-row.ts';
import { inTransaction } from '#shared/stores/postgres/driver/transaction.ts';
import { extendSeal, type OpenSeal } from './open-seal.ts';
import { rangeColumns, rangeRow, readOpenSeals, writeOpenSeals } from './open-seals.ts';
import { entriesPerSealMax, firstHead, headAfter, type Seal } from './seal.ts';
import { type SealedEntry, sealedColumns } from './sealed-entry.ts';

/** The result of `sealLedger`; nothing if another call was sealing. */
export type Sealed = Readonly<{ entries: number; seals: number }>;

/**
 * When a tenant's entries are sealed: when there are so many of them, or when the first is so old.
 */
export type SealTerms = Readonly<{
  /** At most 1,000. */
  entriesMax: number;
  ageMaxMs: number;
}>;

/** Few seals for tenants with few entries, and none later than an hour. */
export const defaultSealTerms: SealTerms = {
  entriesMax: entriesPerSealMax,
  ageMaxMs: 60 * 60 * 1000,
};

/**
 * Reads all entries of finished transactions that were not read before, adds them to the open seals
 * of their tenants, and closes those that are full or old enough. It blocks no commit and waits for
 * none. A transaction is finished if it began before everything that still runs in this database,
 * so no entry can appear before a sealed one. Each round is a transaction of its own, bounded in
 * memory; a second caller at the same time does nothing.
 * @throws Unavailable when Postgres is unavailable; a retry is safe.
 */
export const sealLedger = async (
  sql: Sql,
  terms: SealTerms = defaultSealTerms,
): Promise<Sealed> => {
  let sealed: Sealed = { entries: 0, seals: 0 };
  let span: Span = { after: 0, transactions: 10_000 };
  for (;;) {
    const round = await inTransaction(sql, (tx) => sealRound(tx, span, terms));
    if (round === undefined) return sealed;
    sealed = { entries: sealed.entries + round.entries, seals: sealed.seals + round.seals };
    if (round.isLast) return sealed;
    span = { after: round.reached, transactions: nextTransactions(span, round.read) };
  }
};

/** Which transactions a round looks at. */
type Span = Readonly<{ after: number; transactions: number }>;

/**
 * Rounds that hold a transaction for about a second, however much or little the platform does in a
 * transaction.
 */
const nextTransactions = ({ transactions }: Span, entries: number): number => {
  if (entries < 20_000) return transactions * 4;
  return entries > 200_000 ? Math.ceil(transactions / 4) : transactions;
};

/** An arbitrary constant: sealers of the same database exclude each other. */
const advisoryLock = 7_136_503;

type Round = Sealed & Readonly<{ read: number; reached: number; isLast: boolean }>;

/**
 * Reads the entries of the next transactions and closes the seals that are due; undefined if
 * another sealer is running.
 */
const sealRound = async (
  tx: Transaction,
  { after, transactions }: Span,
  { entriesMax, ageMaxMs }: SealTerms,
): Promise<Round | undefined> => {
  const [lock] = await tx<[{ isOurs: boolean }]>`
    select pg_try_advisory_xact_lock(${advisoryLock}) as is_ours`;
  if (!lock.isOurs) return undefined;
  // A separate statement, because it must see the seals of the previous holder of the lock.
  const [{ from, running, sealedAt }] = await tx<
    [{ from: number; running: number; sealedAt: string }]
  >`
    select greatest(${after}::bigint, (select max(to_transaction) from ledger_seals),
        (select max(to_transaction) from open_seals)) + 1 as from,
      ${oldestRunning(tx)} as running,
      trunc(extract(epoch from now()) * 1000000)::text as sealed_at`;
  const until = Math.min(from + transactions, Math.max(from, running));
  const before = await readOpenSeals(tx);
  const open = new Map(before);
  const full = await readEntries(tx, { from, until, entriesMax }, open);
  const isLast = until >= running;
  const old = isLast ? takeOld(open, Number(sealedAt) - ageMaxMs * 1000) : [];
  const closed = [...full.closed, ...old];
  await insertSeals(tx, await chain(tx, closed, sealedAt));
  await writeOpenSeals(tx, before, open);
  const entries = closed.reduce((sum, seal) => sum + seal.entries, 0);
  return { entries, seals: closed.length, read: full.read, reached: until - 1, isLast };
};

/**
 * The oldest transaction that may still write to this database, or the next one. A snapshot also
 * has those of other databases of the server, which never will: they are left out where their
 * session is known to be of another database.
 */
const oldestRunning = (tx: Transaction) => tx`
  (select coalesce(min(running::text::bigint), pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
  from pg_snapshot_xip(pg_current_snapshot()) running
  where not exists (
    select from pg_locks join pg_stat_activity using (pid)
    where locktype = 'transactionid' and mode = 'ExclusiveLock' and transactionid = running::xid
      and datid <> (select oid from pg_database where datname = current_database())))`;

type Entries = Readonly<{ from: number; until: number; entriesMax: number }>;

/**
 * Adds the entries of the transactions in [from, until) to the open seals, and takes out those that
 * become full.
 */
const readEntries = async (
  tx: Transaction,
  { from, until, entriesMax }: Entries,
  open: Map<string, OpenSeal>,
): Promise<Readonly<{ read: number; closed: readonly OpenSeal[] }>> => {
  const closed: OpenSeal[] = [];
  let read = 0;
  if (from === until) return { read, closed };
  const entries = tx<SealedEntry[]>`
    select ${sealedColumns(tx)} from points_ledger ledger
    where transaction_id >= ${from} and transaction_id < ${until}
    order by ledger.tenant_id, ledger.transaction_id, ledger.entry_no`;
  for await (const row of eachRow(entries)) {
    const seal = extendSeal(open.get(row.tenantId), row);
    read += 1;
    if (seal.entries < entriesMax) {
      open.set(row.tenantId, seal);
      continue;
    }
    closed.push(seal);
    open.delete(row.tenantId);
  }
  return { read, closed };
};

/** Takes out the open seals whose first entry was recorded at an instant or before it. */
const takeOld = (open: Map<string, OpenSeal>, instant: number): readonly OpenSeal[] => {
  const old = [...open.values()].filter(({ openedAt }) => openedAt <= instant);
  for (const { tenantId } of old) open.delete(tenantId);
  return old;
};

type Link = Readonly<{ sealNo: number; head: Buffer }>;

/** Appends each range to the chain of its tenant. */
const chain = async (
  tx: Transaction,
  ranges: readonly OpenSeal[],
  sealedAt: string,
): Promise<readonly Seal[]> => {
  const tenants = [...new Set(ranges.map(({ tenantId }) => tenantId))];
  const rows = await tx<(Link & { tenantId: string })[]>`
    select wanted.tenant_id, seal_no, head
    from unnest(${tenants}::text[]) wanted (tenant_id), lateral (
      select seal_no, head from ledger_seals seal where seal.tenant_id = wanted.tenant_id
      order by seal_no desc limit 1) last`;
  const last = new Map<string, Link>(rows.map((row) => [row.tenantId, row]));
  return ranges.map(({ tenantId, from, to, entries, digest }) => {
    const before = last.get(tenantId) ?? { sealNo: 0, head: firstHead };
    const terms = { tenantId, from, to, entries, sealNo: before.sealNo + 1, sealedAt };
    const seal = { ...terms, isFolded: true, head: headAfter(before.head, terms, digest) };
    last.set(tenantId, seal);
    return seal;
  });
};

const insertSeals = (tx: Transaction, seals: readonly Seal[]) => tx`
  insert into ledger_seals (tenant_id, seal_no, from_transaction, from_entry, to_transaction, to_entry, entries, head, sealed_at)
  select tenant_id, seal_no, from_transaction, from_entry, to_transaction, to_entry, entries, decode(head, 'hex'), now()
  from ${rowsOf(tx, { seal: seals.map(sealRow) }, { ...rangeColumns, sealNo: 'bigint', head: 'text' })}`;

const sealRow = (seal: Seal) => ({
  ...rangeRow(seal),
  sealNo: seal.sealNo,
  head: seal.head.toString('hex'),
});
