import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import {
  defaultSealTerms,
  type SealTerms,
  sealLedger,
} from '#shared/stores/postgres/ledger/chain/ledger-chain.ts';
import { until } from '#shared/testing/until.ts';

/**
 * Seals by these terms (everything, by default) until every entry was read: for a moment, a
 * transaction in another database of the server keeps ours from counting as ended.
 */
export const sealAllEntries = async (
  sql: Sql,
  terms: SealTerms = { ...defaultSealTerms, ageMaxMs: 0 },
): Promise<void> => {
  const isAllRead = async () => {
    await sealLedger(sql, terms);
    const [row] = await sql`
      select (select coalesce(max(transaction_id), 0) from points_ledger) <= (
        select coalesce(max(to_transaction), 0) from (
          select to_transaction from ledger_seals union all select to_transaction from open_seals) seal) as is_read`;
    return row?.['isRead'] === true;
  };
  await until(isAllRead);
};
