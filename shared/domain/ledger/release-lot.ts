import type { Balance } from './balance.ts';
import type { LedgerEntry } from './ledger-entry.ts';
import type { Lot } from './lot.ts';
import { lotCauseId } from './lot-cause-id.ts';

/** The RELEASE that makes a pending lot of an account usable, all of it. */
export const releaseLot = (
  balance: Balance,
  { lotId, points, expiresAt, orderId }: Lot,
  occasion: Pick<LedgerEntry, 'cause' | 'occurredAt'>,
): LedgerEntry => ({
  tenantId: balance.tenantId,
  customerId: balance.customerId,
  program: balance.program,
  kind: 'RELEASE',
  causeId: lotCauseId(lotId, balance),
  account: 'available',
  points,
  counterAccount: 'pending',
  lotId,
  expiresAt,
  orderId,
  ...occasion,
});
