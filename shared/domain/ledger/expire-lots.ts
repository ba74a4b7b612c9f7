import type { LedgerEntry } from './ledger-entry.ts';
import type { Lot } from './lot.ts';
import { lotCauseId } from './lot-cause-id.ts';
import { type Closing, closeLot, everlastingLotId } from './lots.ts';
import type { LotHolder, Moment } from './release-lots.ts';

type DueLot = Lot & Readonly<{ expiresAt: Date }>;
type ClosedLot = Readonly<{ lot: DueLot; closing: Closing }>;

/**
 * Closes the expired lots of a wallet, the earliest first: unreserved points first settle what
 * the customer owes, and the rest expires. One EXPIRE per lot, also where nothing was left to
 * expire, after the two entries that settle a debt. Reserved points stay.
 */
export const expireLots = (wallet: LotHolder, moment: Moment): readonly LedgerEntry[] =>
  closeLots(wallet.lots, moment.now).flatMap((one) => toEntries(wallet, one, moment));

/**
 * How many points of a lot settled a debt when the EXPIRE closed it, given the entries that were
 * recorded with it.
 */
export const settledBy = ({ causeId }: LedgerEntry, entries: readonly LedgerEntry[]): number =>
  entries.find((entry) => entry.causeId === debtCauseId(causeId))?.points ?? 0;

const debtCauseId = (causeId: string): string => `${causeId} to`;

const closeLots = (all: readonly Lot[], now: Date): readonly ClosedLot[] => {
  let lots = all;
  return all
    .filter((lot): lot is DueLot => isDue(lot, now))
    .toSorted(byDate)
    .map((lot) => {
      const closing = closeLot(lots, lot);
      lots = lots.map((other) => settle(other, closing.settled));
      return { lot, closing };
    });
};

const isDue = ({ account, points, reserved, expiresAt }: Lot, now: Date): boolean =>
  account === 'available' && points > reserved && expiresAt !== undefined && expiresAt <= now;

const byDate = (one: DueLot, other: DueLot): number =>
  one.expiresAt.getTime() - other.expiresAt.getTime() || (one.lotId < other.lotId ? -1 : 1);

/** What a closing settled is no longer owed, so that the next one does not settle it again. */
const settle = (lot: Lot, settled: number): Lot =>
  lot.lotId === everlastingLotId ? { ...lot, points: lot.points + settled } : lot;

const toEntries = (
  { balance }: LotHolder,
  { lot, closing: { settled, expired } }: ClosedLot,
  { cause }: Moment,
): readonly LedgerEntry[] => {
  const { lotId, expiresAt } = lot;
  const causeId = lotCauseId(lotId, balance);
  const entry = {
    tenantId: balance.tenantId,
    customerId: balance.customerId,
    program: balance.program,
    account: 'available',
    cause,
    occurredAt: expiresAt,
  } as const;
  const adjust = { ...entry, kind: 'ADJUST', counterAccount: 'adjusted' } as const;
  const settling: readonly LedgerEntry[] = [
    { ...adjust, causeId: `${causeId} from`, lotId, expiresAt, points: -settled },
    { ...adjust, causeId: debtCauseId(causeId), lotId: everlastingLotId, points: settled },
  ];
  const closing: LedgerEntry = {
    ...entry,
    kind: 'EXPIRE',
    causeId,
    lotId,
    expiresAt,
    points: 0 - expired,
    counterAccount: 'expired',
  };
  return settled > 0 ? [...settling, closing] : [closing];
};
