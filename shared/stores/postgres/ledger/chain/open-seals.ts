import { rowsOf, type Sql, type Transaction } from '#shared/stores/postgres/driver/connect.ts';
import type { OpenSeal } from './open-seal.ts';

type Row = Pick<OpenSeal, 'tenantId' | 'entries' | 'digest' | 'openedAt'> &
  Readonly<{
    fromTransaction: number;
    fromEntry: number;
    toTransaction: number;
    toEntry: number;
  }>;

/** Reads the open seals by tenant, of which each has one at most. */
export const readOpenSeals = async (
  sql: Sql | Transaction,
): Promise<ReadonlyMap<string, OpenSeal>> => {
  const rows = await sql<Row[]>`
    select tenant_id, from_transaction, from_entry, to_transaction, to_entry, entries, digest,
      trunc(extract(epoch from opened_at) * 1000000)::bigint as opened_at
    from open_seals order by tenant_id`;
  return new Map(
    rows.map(({ fromTransaction, fromEntry, toTransaction, toEntry, ...row }) => [
      row.tenantId,
      {
        ...row,
        from: { transaction: fromTransaction, entry: fromEntry },
        to: { transaction: toTransaction, entry: toEntry },
      },
    ]),
  );
};

/** The columns of the range that a seal covers. */
export const rangeColumns = {
  tenantId: 'text',
  fromTransaction: 'bigint',
  fromEntry: 'bigint',
  toTransaction: 'bigint',
  toEntry: 'bigint',
  entries: 'integer',
} as const;

/** The range that a seal covers, as a row. */
export const rangeRow = ({
  tenantId,
  from,
  to,
  entries,
}: Pick<OpenSeal, 'tenantId' | 'from' | 'to' | 'entries'>) => ({
  ...{ tenantId, fromTransaction: from.transaction, fromEntry: from.entry },
  ...{ toTransaction: to.transaction, toEntry: to.entry, entries },
});

const openRow = (open: OpenSeal) => ({
  ...rangeRow(open),
  digest: open.digest.toString('hex'),
  openedAt: open.openedAt,
});

/**
 * Makes the open seals those given: inserts and updates what differs from those before, and deletes
 * what is gone.
 */
export const writeOpenSeals = async (
  tx: Transaction,
  before: ReadonlyMap<string, OpenSeal>,
  after: ReadonlyMap<string, OpenSeal>,
): Promise<void> => {
  const gone = [...before.keys()].filter((tenantId) => !after.has(tenantId));
  if (gone.length > 0) await tx`delete from open_seals where tenant_id = any(${gone})`;
  const changed = [...after.values()].filter((open) => before.get(open.tenantId) !== open);
  if (changed.length === 0) return;
  await tx`
    insert into open_seals (tenant_id, from_transaction, from_entry, to_transaction, to_entry, entries, digest, opened_at)
    select tenant_id, from_transaction, from_entry, to_transaction, to_entry, entries, decode(digest, 'hex'),
      'epoch'::timestamptz + opened_at * interval '1 microsecond'
    from ${rowsOf(tx, { open: changed.map(openRow) }, { ...rangeColumns, digest: 'text', openedAt: 'bigint' })}
    on conflict (tenant_id) do update set
      from_transaction = excluded.from_transaction, from_entry = excluded.from_entry,
      to_transaction = excluded.to_transaction, to_entry = excluded.to_entry, entries = excluded.entries,
      digest = excluded.digest, opened_at = excluded.opened_at`;
};
