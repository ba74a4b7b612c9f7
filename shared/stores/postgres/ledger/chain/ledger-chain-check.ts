import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { eachRow } from '#shared/stores/postgres/driver/each-row.ts';
import { withPostgres } from '../../driver/transaction.ts';
import { type BrokenSeal, type ChainTally, chainTally, nameEntries } from './chain-tally.ts';
import { checkSeals } from './check-seals.ts';
import type { OpenSeal } from './open-seal.ts';
import { readOpenSeals } from './open-seals.ts';
import { emptyRange, firstHead, type Seal } from './seal.ts';
import { isAfter, type SealedEntry, sealedColumns } from './sealed-entry.ts';

/** What a check of the chains of all tenants found. */
export type ChainCheck = Readonly<{
  seals: number;
  entries: number;
  /**
   * Entries that are not sealed yet, as the newest always are for a while; those of open seals
   * included.
   */
  unsealed: number;
  /** How much is broken, and the first of it. */
  broken: number;
  examples: readonly BrokenSeal[];
}>;

/**
 * Recomputes every seal from the ledger, except those of archived entries, which are checked when
 * they are restored, and finds what was changed, removed, put in or moved among sealed entries, and
 * what was changed about the seals. It cannot detect that the newest seals were removed, or that
 * all seals from some point on were recomputed: heads stored elsewhere can. Needs one connection.
 * @throws Unavailable when Postgres is not there.
 */
export const checkLedgerChain = (sql: Sql): Promise<ChainCheck> =>
  withPostgres(async () => {
    for (;;) {
      const archived = await readArchived(sql);
      const check = await checkChains(sql);
      if (archived === (await readArchived(sql))) return check;
    }
  });

/** Which months are archived: a check starts over when one is archived or restored meanwhile. */
const readArchived = async (sql: Sql): Promise<string> => {
  const [{ archived }] = await sql<[{ archived: string }]>`
    select coalesce(string_agg(tenant_id || ' ' || ends_at, ',' order by tenant_id, ends_at), '') as archived
    from ledger_archives`;
  return archived;
};

const checkChains = async (sql: Sql): Promise<ChainCheck> => {
  const tally = chainTally();
  const open = await readOpenSeals(sql);
  const tenants = await sql<{ tenantId: string }[]>`
      select tenant_id from ledger_seals union select tenant_id from open_seals order by 1`;
  for (const { tenantId } of tenants) {
    const last = await checkTenant(sql, tenantId, tally);
    await checkOpenSeal(sql, open.get(tenantId), { last, tally });
  }
  const unsealed = await checkUnsealed(sql, tally);
  return { ...tally.result(), unsealed };
};

type End = Pick<Seal, 'sealNo' | 'head' | 'to'>;

/** Checks the seals of a tenant and returns the last one. */
const checkTenant = async (sql: Sql, tenantId: string, tally: ChainTally): Promise<End> => {
  let before = await firstEnd(sql, tenantId);
  for (;;) {
    const seals = await readSeals(sql, tenantId, before);
    const last = seals.at(-1);
    if (last === undefined) return before;
    const check = checkSeals(seals, before, tally);
    const entries = readEntries(sql, tenantId, { after: before.to, until: last.to });
    for await (const entry of eachRow(entries)) check.add(entry);
    check.end();
    before = last;
  }
};

/**
 * Compares the entries that an open seal was made of with those of now; one that was closed
 * meanwhile was checked as a seal.
 */
const checkOpenSeal = async (
  sql: Sql,
  open: OpenSeal | undefined,
  { last, tally }: Readonly<{ last: End; tally: ChainTally }>,
): Promise<void> => {
  if (open === undefined || !isAfter(open.from, last.to)) return;
  const range = emptyRange();
  const entries = readEntries(sql, open.tenantId, { after: last.to, until: open.to });
  for await (const entry of eachRow(entries)) range.add(entry);
  if (range.entries() === open.entries && range.digest().equals(open.digest)) return;
  tally.broken({
    tenantId: open.tenantId,
    sealNo: last.sealNo + 1,
    problem: `entries read for this open seal: ${open.entries}, found: ${range.entries()}, not all as they were`,
    entries: nameEntries(range.first(), range.last()),
  });
};

/**
 * Where the check of a tenant's chain starts: at the first entry, or after the last seal with
 * archived entries, whose head covers all before it.
 */
const firstEnd = async (sql: Sql, tenantId: string): Promise<End> => {
  const [seal] = await sql<
    (Pick<Seal, 'sealNo' | 'head'> & Pick<SealRow, 'toTransaction' | 'toEntry'>)[]
  >`
    select seal_no, head, seal.to_transaction, seal.to_entry from ledger_seals seal, (
      select to_transaction, to_entry from ledger_archives where tenant_id = ${tenantId}
      order by to_transaction desc, to_entry desc limit 1) archived
    where tenant_id = ${tenantId}
      and (seal.to_transaction, seal.to_entry) >= (archived.to_transaction, archived.to_entry)
    order by seal_no limit 1`;
  if (seal === undefined) return { sealNo: 0, head: firstHead, to: { transaction: 0, entry: 0 } };
  const { sealNo, head, toTransaction, toEntry } = seal;
  return { sealNo, head, to: { transaction: toTransaction, entry: toEntry } };
};

const sealsPerPage = 1_000;

const readSeals = async (sql: Sql, tenantId: string, after: End): Promise<readonly Seal[]> => {
  const rows = await sql<SealRow[]>`
    select seal_no, from_transaction, from_entry, to_transaction, to_entry, entries, head,
      folded as is_folded,
      trunc(extract(epoch from sealed_at) * 1000000)::text as sealed_at
    from ledger_seals where tenant_id = ${tenantId} and seal_no > ${after.sealNo}
    order by seal_no limit ${sealsPerPage}`;
  return rows.map(({ fromTransaction, fromEntry, toTransaction, toEntry, ...row }) => ({
    ...row,
    tenantId,
    from: { transaction: fromTransaction, entry: fromEntry },
    to: { transaction: toTransaction, entry: toEntry },
  }));
};

type SealRow = Pick<Seal, 'sealNo' | 'entries' | 'head' | 'sealedAt' | 'isFolded'> &
  Readonly<{
    fromTransaction: number;
    fromEntry: number;
    toTransaction: number;
    toEntry: number;
  }>;

/** Names the transactions apart from the positions, because the index knows only these. */
const readEntries = (
  sql: Sql,
  tenantId: string,
  { after, until }: Readonly<{ after: Seal['to']; until: Seal['to'] }>,
) => sql<SealedEntry[]>`
  select ${sealedColumns(sql)} from points_ledger ledger
  where tenant_id = ${tenantId} and transaction_id between ${after.transaction} and ${until.transaction}
    and (transaction_id, entry_no) > (${after.transaction}::bigint, ${after.entry}::bigint)
    and (transaction_id, entry_no) <= (${until.transaction}::bigint, ${until.entry}::bigint)
  order by ledger.transaction_id, ledger.entry_no`;

/**
 * Sealing leaves nothing out up to the last transaction that it read, of any tenant; an unread
 * entry there was put there later.
 */
const checkUnsealed = async (sql: Sql, tally: ChainTally): Promise<number> => {
  const rows = await sql<(BrokenSeal & { strays: number; unsealed: number })[]>`
    with sealed as (
      select distinct on (tenant_id) tenant_id, seal_no, to_transaction, to_entry
      from ledger_seals order by tenant_id, seal_no desc
    ), last as (
      select tenant_id, seal_no, coalesce(open.entries, 0) as open_entries,
        coalesce(open.to_transaction, sealed.to_transaction) as to_transaction,
        coalesce(open.to_entry, sealed.to_entry) as to_entry
      from sealed full join open_seals open using (tenant_id)
    ), reached as (select coalesce(max(to_transaction), 0) as until from last), unsealed as (
      select tenant_id, seal_no, program, kind, cause_id, transaction_id <= until as is_stray
      from reached, points_ledger ledger left join last using (tenant_id)
      where (transaction_id, entry_no) > (coalesce(to_transaction, 0), coalesce(to_entry, 0))
    ), counted as (
      select tenant_id, seal_no, program || ' ' || kind || ' ' || cause_id as entry, is_stray, 1 as entries from unsealed
      union all select tenant_id, seal_no, null, false, open_entries from last
    )
    select tenant_id, coalesce(seal_no, 0) + 1 as seal_no, count(*) filter (where is_stray) as strays,
      coalesce(sum(entries) filter (where not is_stray), 0)::bigint as unsealed,
      min(entry) filter (where is_stray) as entries
    from counted group by tenant_id, seal_no order by tenant_id`;
  for (const { tenantId, sealNo, strays, entries } of rows) {
    if (strays === 0) continue;
    const problem = `entries that should have been sealed before others: ${strays}`;
    tally.broken({ tenantId, sealNo, problem, entries: strays === 1 ? entries : `${entries} …` });
  }
  return rows.reduce((sum, row) => sum + row.unsealed, 0);
};
