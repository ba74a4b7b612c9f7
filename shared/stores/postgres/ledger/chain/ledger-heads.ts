import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { withPostgres } from '../../driver/transaction.ts';

/** The head of a seal, to be stored elsewhere: it covers every entry up to the seal. */
export type LedgerHead = Readonly<{
  tenantId: string;
  sealNo: number;
  /** Hexadecimal. */
  head: string;
}>;

/** The newest head of each tenant. */
export const newestHeads = (sql: Sql): Promise<readonly LedgerHead[]> =>
  withPostgres(
    async () => sql<LedgerHead[]>`
      select distinct on (tenant_id) tenant_id, seal_no, encode(head, 'hex') as head
      from ledger_seals order by tenant_id, seal_no desc`,
  );

/**
 * Returns the head of a seal, or undefined where there is no such seal. It proves nothing unless
 * the chain is sound.
 */
export const headOf = async (
  sql: Sql,
  { tenantId, sealNo }: Pick<LedgerHead, 'tenantId' | 'sealNo'>,
): Promise<string | undefined> => {
  const rows = await withPostgres(
    async () => sql<{ head: string }[]>`
      select encode(head, 'hex') as head from ledger_seals where tenant_id = ${tenantId} and seal_no = ${sealNo}`,
  );
  return rows[0]?.head;
};
