import type { Balance } from './balance.ts';
import type { LedgerEntry } from './ledger-entry.ts';
import type { Lot } from './lot.ts';
import { lotCauseId } from './lot-cause-id.ts';

/** A locked wallet as far as dates change it. */
export type LotHolder = Readonly<{ balance: Balance; lots: readonly Lot[] }>;

/** The instant that decides what is due, and the event that caused it, as the ledger records it. */
export type Moment = Readonly<{ now: Date; cause: string }>;

/** The RELEASE that makes a pending lot of a wallet usable, all of it. */
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

/** The RELEASE of each pending lot of a wallet whose date has come. */
export const releaseLots = (
  { balance, lots }: LotHolder,
  { now, cause }: Moment,
): readonly LedgerEntry[] =>
  lots
    .filter(
      (lot): lot is Lot & Readonly<{ availableAt: Date }> =>
        lot.account === 'pending' &&
        lot.points > 0 &&
        lot.availableAt !== undefined &&
        lot.availableAt <= now,
    )
    .map((lot) => releaseLot(balance, lot, { cause, occurredAt: lot.availableAt }));
