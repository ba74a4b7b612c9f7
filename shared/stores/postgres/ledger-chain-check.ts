import { type BrokenSeal, type ChainTally, chainTally } from './chain/chain-tally.ts';
import { judgeSeals } from './chain/judge-seals.ts';
import { firstHead, type Seal } from './chain/seal.ts';
import { type SealedEntry, sealedColumns } from './chain/sealed-entry.ts';
import type { Sql } from './connect.ts';
import { eachRow } from './each-row.ts';
import { withPostgres } from './postgres-error.ts';

/** What a check of the chains of all tenants found. */
export type ChainCheck = Readonly<{
  seals: number;
  entries: number;
  /** Entries that are not sealed yet, as the newest always are for a while. */
  unsealed: number;
  /** How much is broken, and the first of it. */
  broken: number;
  examples: readonly BrokenSeal[];
}>;

/**
 * Recomputes every seal from the ledger and finds what was changed, removed, put in or moved among sealed entries, and what was changed
 * about the seals. It cannot find that the newest seals were removed, or all from some point on made anew: heads kept
 * elsewhere can. Needs one connection.
 * @throws Unavailable when Postgres is not there.
 */
export const checkLedgerChain = (sql: Sql): Promise<ChainCheck> =>
  withPostgres(async () => {
    const tally = chainTally();
    const tenants = await sql<{ tenantId: string }[]>`
      select distinct tenant_id as "tenantId" from ledger_seals order by 1`;
    for (const { tenantId } of tenants) await checkTenant(sql, tenantId, tally);
    const unsealed = await checkUnsealed(sql, tally);
    return { ...tally.result(), unsealed };
  });

type End = Pick<Seal, 'sealNo' | 'head' | 'to'>;

const checkTenant = async (sql: Sql, tenantId: string, tally: ChainTally): Promise<void> => {
  let before: End = { sealNo: 0, head: firstHead, to: { transaction: 0, entry: 0 } };
  for (;;) {
    const seals = await readSeals(sql, tenantId, before);
    const last = seals.at(-1);
    if (last === undefined) return;
    const judge = judgeSeals(seals, before, tally);
    const entries = readEntries(sql, tenantId, { after: before.to, until: last.to });
    for await (const entry of eachRow(entries)) judge.add(entry);
    judge.end();
    before = last;
  }
};

const sealsPerPage = 1_000;

const readSeals = async (sql: Sql, tenantId: string, after: End): Promise<readonly Seal[]> => {
  const rows = await sql<SealRow[]>`
    select seal_no as "sealNo", from_transaction as "fromTransaction", from_entry as "fromEntry",
      to_transaction as "toTransaction", to_entry as "toEntry", entries, head,
      trunc(extract(epoch from sealed_at) * 1000000)::text as "sealedAt"
    from ledger_seals where tenant_id = ${tenantId} and seal_no > ${after.sealNo}
    order by seal_no limit ${sealsPerPage}`;
  return rows.map(({ fromTransaction, fromEntry, toTransaction, toEntry, ...row }) => ({
    ...row,
    tenantId,
    from: { transaction: fromTransaction, entry: fromEntry },
    to: { transaction: toTransaction, entry: toEntry },
  }));
};

type SealRow = Pick<Seal, 'sealNo' | 'entries' | 'head' | 'sealedAt'> &
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

/** Sealing leaves nothing out up to the last transaction that it sealed, of any tenant; what stands there unsealed was put there. */
const checkUnsealed = async (sql: Sql, tally: ChainTally): Promise<number> => {
  const rows = await sql<(BrokenSeal & { strays: number; unsealed: number })[]>`
    with sealed as (select coalesce(max(to_transaction), 0) as until from ledger_seals), last as (
      select distinct on (tenant_id) tenant_id, seal_no, to_transaction, to_entry
      from ledger_seals order by tenant_id, seal_no desc
    ), unsealed as (
      select ledger.*, coalesce(seal_no, 0) + 1 as next_no, transaction_id <= until as is_stray
      from sealed, points_ledger ledger left join last using (tenant_id)
      where (transaction_id, entry_no) > (coalesce(to_transaction, 0), coalesce(to_entry, 0))
    )
    select tenant_id as "tenantId", next_no as "sealNo", count(*) filter (where is_stray) as strays,
      count(*) filter (where not is_stray) as unsealed,
      min(program || ' ' || kind || ' ' || cause_id) filter (where is_stray) as entries
    from unsealed group by tenant_id, next_no order by tenant_id`;
  for (const { tenantId, sealNo, strays, entries } of rows) {
    if (strays === 0) continue;
    const problem = `entries that should have been sealed before others: ${strays}`;
    tally.broken({ tenantId, sealNo, problem, entries: strays === 1 ? entries : `${entries} …` });
  }
  return rows.reduce((sum, row) => sum + row.unsealed, 0);
};
