import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { Lot } from '#shared/domain/ledger/lot.ts';
import { lotCauseId } from '#shared/domain/ledger/lot-cause-id.ts';
import { type Closing, closeLot, everlastingLotId } from '#shared/domain/ledger/lots.ts';
import { PointsExpired } from '#shared/eventing/contracts/points-events.ts';
import { type Fact, factOf } from '#shared/eventing/fact.ts';
import type { HeldAccount } from '#shared/stores/postgres/ledger/hold-accounts.ts';
import type { LotChange } from '#shared/stores/postgres/ledger/lot-store.ts';
import type { Moment } from './moment.ts';

type DueLot = Lot & Readonly<{ expiresAt: Date }>;
type ClosedLot = Readonly<{ lot: DueLot; closing: Closing }>;

/**
 * Closes the lots of an account whose date has come, the earliest first: what is free in one settles what the customer owes, and the
 * rest lapses. One EXPIRE and one fact per lot, also where nothing was left to lapse. Reserved points stay.
 */
export const expireLots = (account: HeldAccount, moment: Moment): LotChange<Fact> => {
  const closed = closeLots(account.lots, moment.now);
  return {
    entries: closed.flatMap((one) => toEntries(account, one, moment)),
    facts: closed.map((one) => toFact(account, one)),
  };
};

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

/** What a closing settled is owed no more, so that the next one does not settle it again. */
const settle = (lot: Lot, settled: number): Lot =>
  lot.lotId === everlastingLotId ? { ...lot, points: lot.points + settled } : lot;

const toEntries = (
  { balance }: HeldAccount,
  { lot, closing: { settled, lapsed } }: ClosedLot,
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
    { ...adjust, causeId: `${causeId} to`, lotId: everlastingLotId, points: settled },
  ];
  const closing: LedgerEntry = {
    ...entry,
    kind: 'EXPIRE',
    causeId,
    lotId,
    expiresAt,
    points: 0 - lapsed,
    counterAccount: 'expired',
  };
  return settled > 0 ? [...settling, closing] : [closing];
};

const toFact = ({ balance }: HeldAccount, { lot, closing }: ClosedLot): Fact =>
  factOf(PointsExpired, {
    cause: [balance.tenantId, balance.program, lotCauseId(lot.lotId, balance)],
    partitionKey: balance.customerId,
    time: lot.expiresAt,
    data: {
      tenantId: balance.tenantId,
      customerId: balance.customerId,
      program: balance.program,
      lotId: lot.lotId,
      points: closing.lapsed,
      settled: closing.settled,
      expiresAt: lot.expiresAt.toISOString(),
    },
  });
