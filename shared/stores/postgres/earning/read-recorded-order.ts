import type { RecordedOrder } from '#shared/domain/earning/recorded-order.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { Transaction } from '../driver/connect.ts';
import { walletName } from '../ledger/lock-wallets.ts';

type Correction = Readonly<{ program: string; points: number; refundedMinor: number }>;

/**
 * Returns one order by the wallet that was paid for it, from its EARN entries in all programs.
 * Reads nothing but the corrections of the order.
 */
export const readRecordedOrder = async (
  sql: Transaction,
  { tenantId, orderId }: Readonly<{ tenantId: string; orderId: string }>,
  earns: readonly LedgerEntry[],
): Promise<ReadonlyMap<string, RecordedOrder>> => {
  const corrections = await sql<Correction[]>`
    select program, sum(points)::bigint as points,
      coalesce(sum(amount_minor) filter (where kind = 'REVERSE'), 0)::bigint as refunded_minor
    from points_ledger
    where tenant_id = ${tenantId} and order_id = ${orderId} and kind in ('REVERSE', 'REVISE')
    group by program`;
  return new Map(
    earns.map((earn) => {
      const correction = corrections.find(({ program }) => program === earn.program);
      const order: RecordedOrder = {
        orderId,
        placedAt: earn.occurredAt,
        amountMinor: (earn.amountMinor ?? 0) - (correction?.refundedMinor ?? 0),
        currency: earn.currency ?? '',
        paid: earn.points + (correction?.points ?? 0),
        ruleVersion: earn.ruleVersion ?? 0,
        lotId: earn.lotId,
        expiresAt: earn.expiresAt,
      };
      return [walletName(earn), order];
    }),
  );
};
