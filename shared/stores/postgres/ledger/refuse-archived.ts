import type { WalletKey } from '#shared/domain/ledger/wallet-key.ts';
import type { Sql } from '../driver/connect.ts';
import { recordArchived } from '../journal/record-archived.ts';
import { openingOf } from './balance-snapshots.ts';
import { archivedBefore } from './ledger-rows.ts';

/**
 * Checks that the balances of a wallet at some instants can be computed from the entries that are
 * not archived. To be called after they were read, since a month may be archived meanwhile.
 * @throws RecordArchived when the wallet has archived entries and an instant is in their months
 */
export const refuseArchived = async (
  sql: Sql,
  wallet: WalletKey,
  instants: readonly (Date | undefined)[],
): Promise<void> => {
  const asked = instants.filter((instant) => instant !== undefined);
  if (asked.length === 0) return;
  const first = new Date(Math.min(...asked.map(Number)));
  const [archived] = await sql<{ onlineFrom: Date }[]>`
    select online_from from (${openingOf(sql, wallet)}) opening,
      ${archivedBefore(sql, sql`${wallet.tenantId}`)} archive (online_from)
    where ${first} < online_from`;
  if (archived === undefined) return;
  const name = `The statement of ${wallet.customerId}`;
  throw await recordArchived(sql, { table: 'points_ledger', name, recordedAt: first, ...archived });
};
