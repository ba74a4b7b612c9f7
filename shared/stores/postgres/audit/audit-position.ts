import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import { rowsOf, type Sql, type Transaction } from '../driver/connect.ts';
import { inTransaction, withPostgres } from '../driver/transaction.ts';
import { walletColumns } from '../ledger/lock-wallets.ts';
import { type Found, keepFindings } from './audit-findings.ts';
import type { EntryRange } from './audit-scope.ts';
import { incentiveChecks, settleEvents, today } from './incentives/incentive-position.ts';

/** A wallet and how many of its entries are in its sums. */
export type DueWallet = WalletKey & Readonly<{ entries: number }>;

/** The position of the audit. */
export type AuditState = Readonly<{
  /** The time until which all commits have been audited. */
  auditedAt: Date;
  /** Settled entries that were not audited yet. */
  entriesBehind: number;
  /**
   * When each wallet was last recomputed from its first entry; undefined before the first cycle
   * ended.
   */
  cycleEndedAt: Date | undefined;
  /** Checks that found something wrong, and how much of it is kept. */
  wrong: Readonly<Record<string, number>>;
}>;

/**
 * Where the audit continues. What a part found is kept in the same transaction as the position
 * after it.
 */
export type AuditPosition = Readonly<{
  /** The next summed entries; undefined when all of them were audited. */
  nextEntries: (entriesMax: number) => Promise<EntryRange | undefined>;
  saveEntries: (range: EntryRange, found: Found) => Promise<void>;
  /** Wallets with entries that are new to the audit, in key order after one. */
  walletsDue: (after: WalletKey, walletsMax: number) => Promise<readonly DueWallet[]>;
  /** A wallet stays due if it has more entries by now, or is on a page with a finding. */
  saveWallets: (wallets: readonly DueWallet[], found: Found) => Promise<void>;
  /**
   * The next wallets of the day's part of the cycle; undefined when it is done. Empty at the end
   * of all wallets.
   */
  slice: (walletsMax: number) => Promise<readonly WalletKey[] | undefined>;
  saveSlice: (
    keys: readonly WalletKey[],
    found: Found,
    cycle: Readonly<{ isLast: boolean }>,
  ) => Promise<void>;
  /**
   * Sets the day's part of the cycle, once a day. With `isFull` a new cycle begins, all of it due
   * today, and all entries count as new.
   */
  begin: (options: Readonly<{ isFull: boolean }>) => Promise<void>;
  /** Records that every entry in the sums was audited, and every wallet that they changed. */
  finish: () => Promise<void>;
  state: () => Promise<AuditState>;
}>;

/** The days in which every wallet is recomputed from its first entry. */
const cycleDays = 28;

/** Wallets that are recomputed a day at least, however few there are. */
const walletsPerDayMin = 5_000;

/** Stores where the audit continues, so that a restart of a pod does not lose it. */
export const auditPosition = (sql: Sql): AuditPosition => ({
  nextEntries: (entriesMax) => withPostgres(() => readNextEntries(sql, entriesMax)),
  saveEntries: ({ until }, found) =>
    inTransaction(sql, async (tx) => {
      await keepFindings(tx, found);
      await tx`update audit_position set audited_entry = ${until}`;
    }),
  walletsDue: (after, walletsMax) =>
    withPostgres(
      async () => sql<DueWallet[]>`
        select tenant_id, customer_id, program, entries from account_sums
        where is_audit_due and ${isAfter(sql, after)}
        order by tenant_id, customer_id, program limit ${walletsMax}`,
    ),
  saveWallets: (wallets, found) =>
    inTransaction(sql, async (tx) => {
      await keepFindings(tx, found);
      if (!isWrong(found)) await clearDue(tx, wallets);
    }),
  slice: (walletsMax) => withPostgres(() => readSlice(sql, walletsMax)),
  saveSlice: (keys, found, { isLast }) =>
    inTransaction(sql, async (tx) => {
      await keepFindings(tx, found);
      if (isLast) await endCycle(tx);
      else await goOnAfter(tx, keys);
    }),
  begin: async ({ isFull }) => {
    await settleEvents(sql);
    await withPostgres(async () => beginDay(sql));
    if (isFull) await withPostgres(async () => beginCycle(sql));
  },
  finish: async () => {
    await withPostgres(
      async () => sql`
        update audit_position set audited_at = summed_at from ledger_position where audited_entry >= summed_entry`,
    );
  },
  state: () => withPostgres(() => readState(sql)),
});

const readNextEntries = async (sql: Sql, entriesMax: number): Promise<EntryRange | undefined> => {
  const [range] = await sql<EntryRange[]>`
    select audited_entry as after, least(audited_entry + ${entriesMax}, summed_entry) as until
    from audit_position, ledger_position where audited_entry < summed_entry`;
  return range;
};

const clearDue = (tx: Transaction, wallets: readonly DueWallet[]) => tx`
  update account_sums sums set is_audit_due = false
  from ${rowsOf(tx, { audited: wallets }, { ...walletColumns, entries: 'bigint' })}
  cross join lateral (
    select ctid as place from account_sums own
    where own.tenant_id = audited.tenant_id and own.customer_id = audited.customer_id
      and own.program = audited.program and own.entries = audited.entries
    limit 1) own
  where sums.ctid = own.place`;

const readSlice = async (
  sql: Sql,
  walletsMax: number,
): Promise<readonly WalletKey[] | undefined> => {
  const [place] = await sql<WalletKey[]>`
    select slice_tenant as tenant_id, slice_customer as customer_id, slice_program as program
    from audit_position where slice_left > 0`;
  return place && walletsAfter(sql, place, walletsMax);
};

const goOnAfter = (tx: Transaction, keys: readonly WalletKey[]) => tx`
  update audit_position set slice_left = slice_left - ${keys.length}, slice_tenant = ${keys.at(-1)?.tenantId ?? ''},
    slice_customer = ${keys.at(-1)?.customerId ?? ''}, slice_program = ${keys.at(-1)?.program ?? ''}`;

/** A finding that a whole cycle did not repeat has been fixed. */
const endCycle = async (tx: Transaction): Promise<void> => {
  await tx`
    delete from audit_findings
    where found_at < (select cycle_began_at from audit_position)
      and check_name <> all(${[...incentiveChecks]}::text[])`;
  await tx`
    update audit_position set slice_left = 0, slice_tenant = '', slice_customer = '', slice_program = '',
      cycle_began_at = now(), cycle_ended_at = now()`;
};

const beginDay = (sql: Sql) => sql`
  update audit_position set slice_on = ${today(sql)},
    slice_left = greatest(slice_left, ${walletsPerDayMin}, (
      select reltuples / ${cycleDays} + 1 from pg_class where oid = 'points_balances'::regclass))::bigint
  where slice_on is distinct from ${today(sql)}`;

const beginCycle = (sql: Sql) => sql`
  update audit_position set audited_entry = 0, incentives_on = null, slice_left = ${Number.MAX_SAFE_INTEGER},
    slice_tenant = '', slice_customer = '', slice_program = '', cycle_began_at = now()`;

const isAfter = (sql: Sql, { tenantId, customerId, program }: WalletKey) => sql`
  (tenant_id, customer_id, program) > (${tenantId}, ${customerId}, ${program})`;

/** Wallets that have a balance or entries: the audit reports one without the other. */
const walletsAfter = (sql: Sql, after: WalletKey, walletsMax: number) => {
  const keysOf = (table: string) => sql`
    (select tenant_id, customer_id, program from ${sql(table)} where ${isAfter(sql, after)}
    order by tenant_id, customer_id, program limit ${walletsMax})`;
  return sql<WalletKey[]>`
    select tenant_id, customer_id, program
    from (${keysOf('points_balances')} union ${keysOf('account_sums')}) wallet
    order by tenant_id, customer_id, program limit ${walletsMax}`;
};

const isWrong = (found: Found): boolean =>
  Object.values(found).some((result) => result !== undefined && result.wrong > 0);

const readState = async (sql: Sql): Promise<AuditState> => {
  const [row] = await sql<
    [Omit<AuditState, 'cycleEndedAt' | 'wrong'> & { cycleEndedAt: Date | null }]
  >`
    select audited_at, greatest(settled_entry - audited_entry, 0) as entries_behind, cycle_ended_at
    from audit_position, ledger_position`;
  const found = await sql<{ check: string; wrong: number }[]>`
    select check_name as check, count(*) as wrong from audit_findings group by check_name`;
  return {
    ...row,
    cycleEndedAt: row.cycleEndedAt ?? undefined,
    wrong: Object.fromEntries(found.map(({ check, wrong }) => [check, wrong])),
  };
};
