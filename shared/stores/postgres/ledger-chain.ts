import {
  emptyRange,
  entriesPerSealMax,
  firstHead,
  headAfter,
  type Range,
  type Seal,
} from './chain/seal.ts';
import { positionOf, type SealedEntry, sealedColumns } from './chain/sealed-entry.ts';
import type { Sql, Transaction } from './connect.ts';
import { eachRow } from './each-row.ts';
import { inTransaction } from './transaction.ts';

/** What a call of `sealLedger` sealed; nothing where somebody else was at it. */
export type Sealed = Readonly<{ entries: number; seals: number }>;

/**
 * Seals all entries of finished transactions that are not sealed yet: nobody waits for it, and it waits for nobody. Finished is
 * what began before everything that still runs, so nothing can come to stand before a seal. It works in rounds of a
 * transaction each, bounded in memory; what a round has sealed stands. A second caller at the same time seals nothing.
 * @throws Unavailable when Postgres is not there; repeating is safe.
 */
export const sealLedger = async (sql: Sql): Promise<Sealed> => {
  let entries = 0;
  let seals = 0;
  let span: Span = { after: 0, transactions: 10_000 };
  for (;;) {
    const round = await inTransaction(sql, (tx) => sealRound(tx, span));
    if (round === undefined) return { entries, seals };
    entries += round.entries;
    seals += round.seals;
    span = { after: round.reached, transactions: nextTransactions(span, round.entries) };
  }
};

/** Which transactions a round looks at. */
type Span = Readonly<{ after: number; transactions: number }>;

/** Rounds that hold a transaction for about a second, however much or little the platform does in a transaction. */
const nextTransactions = ({ transactions }: Span, entries: number): number => {
  if (entries < 20_000) return transactions * 4;
  return entries > 200_000 ? Math.ceil(transactions / 4) : transactions;
};

/** Any constant of ours: sealers of the same database exclude each other. */
const advisoryLock = 7_136_503;

type Round = Sealed & Readonly<{ reached: number }>;

/** Seals what the next transactions booked; undefined when nothing more is finished, or somebody else is sealing. */
const sealRound = async (
  tx: Transaction,
  { after, transactions }: Span,
): Promise<Round | undefined> => {
  const [lock] = await tx<[{ isOurs: boolean }]>`
    select pg_try_advisory_xact_lock(${advisoryLock}) as "isOurs"`;
  if (!lock.isOurs) return undefined;
  // A statement of its own, because it must see the seals of whoever had the lock before.
  const [{ from, running, sealedAt }] = await tx<
    [{ from: number; running: number; sealedAt: string }]
  >`
    select greatest(${after}::bigint, (select max(to_transaction) from ledger_seals)) + 1 as from,
      pg_snapshot_xmin(pg_current_snapshot())::text::bigint as running,
      trunc(extract(epoch from now()) * 1000000)::text as "sealedAt"`;
  if (from >= running) return undefined;
  const until = Math.min(from + transactions, running);
  const ranges = await readRanges(tx, { from, until });
  await insertSeals(tx, await chain(tx, ranges, sealedAt));
  const entries = ranges.reduce((sum, range) => sum + range.entries, 0);
  return { entries, seals: ranges.length, reached: until - 1 };
};

/** Entries of one tenant that one seal will hold. */
type SealedRange = Omit<Seal, 'sealNo' | 'head' | 'sealedAt'> & Readonly<{ digest: Buffer }>;

/** The entries of the transactions in [from, until), cut by tenant and into what one seal holds. */
const readRanges = async (
  tx: Transaction,
  { from, until }: Readonly<{ from: number; until: number }>,
): Promise<readonly SealedRange[]> => {
  const ranges: SealedRange[] = [];
  let range = emptyRange();
  const entries = tx<SealedEntry[]>`
    select ${sealedColumns(tx)} from points_ledger ledger
    where transaction_id >= ${from} and transaction_id < ${until}
    order by ledger.tenant_id, ledger.transaction_id, ledger.entry_no`;
  for await (const row of eachRow(entries)) {
    if (isFull(range, row)) {
      ranges.push(...closed(range));
      range = emptyRange();
    }
    range.add(row);
  }
  return [...ranges, ...closed(range)];
};

const isFull = (range: Range, next: SealedEntry): boolean =>
  range.entries() === entriesPerSealMax || range.first()?.tenant_id !== next.tenant_id;

const closed = (range: Range): readonly SealedRange[] => {
  const [first, last] = [range.first(), range.last()];
  if (first === undefined || last === undefined) return [];
  const places = { from: positionOf(first), to: positionOf(last) };
  const digest = range.digest();
  return [{ tenantId: first.tenant_id, ...places, entries: range.entries(), digest }];
};

type Link = Readonly<{ sealNo: number; head: Buffer }>;

/** Appends each range to the chain of its tenant. */
const chain = async (
  tx: Transaction,
  ranges: readonly SealedRange[],
  sealedAt: string,
): Promise<readonly Seal[]> => {
  const tenants = [...new Set(ranges.map(({ tenantId }) => tenantId))];
  const rows = await tx<(Link & { tenantId: string })[]>`
    select wanted.tenant_id as "tenantId", seal_no as "sealNo", head
    from unnest(${tenants}::text[]) wanted (tenant_id), lateral (
      select seal_no, head from ledger_seals seal where seal.tenant_id = wanted.tenant_id
      order by seal_no desc limit 1) last`;
  const last = new Map<string, Link>(rows.map((row) => [row.tenantId, row]));
  return ranges.map(({ digest, ...range }) => {
    const before = last.get(range.tenantId) ?? { sealNo: 0, head: firstHead };
    const says = { ...range, sealNo: before.sealNo + 1, sealedAt };
    const seal = { ...says, head: headAfter(before.head, says, digest) };
    last.set(range.tenantId, seal);
    return seal;
  });
};

const insertSeals = (tx: Transaction, seals: readonly Seal[]) => tx`
  insert into ledger_seals (tenant_id, seal_no, from_transaction, from_entry, to_transaction, to_entry, entries, head, sealed_at)
  select tenant_id, seal_no, from_transaction, from_entry, to_transaction, to_entry, entries, decode(head, 'hex'), now()
  from unnest(
    ${seals.map(({ tenantId }) => tenantId)}::text[], ${seals.map(({ sealNo }) => sealNo)}::bigint[],
    ${seals.map(({ from }) => from.transaction)}::bigint[], ${seals.map(({ from }) => from.entry)}::bigint[],
    ${seals.map(({ to }) => to.transaction)}::bigint[], ${seals.map(({ to }) => to.entry)}::bigint[],
    ${seals.map(({ entries }) => entries)}::integer[], ${seals.map(({ head }) => head.toString('hex'))}::text[])
    as seal (tenant_id, seal_no, from_transaction, from_entry, to_transaction, to_entry, entries, head)`;
