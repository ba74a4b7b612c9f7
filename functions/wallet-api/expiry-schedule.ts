import type { OpenLot } from '#shared/domain/ledger/lot.ts';
import { localDateOf } from '#shared/domain/time/local-time.ts';

/** What lapses at one instant. */
export type ExpiryDate = Readonly<{
  expiresAt: Date;
  /** The last local day on which it can be used. */
  lastDay: string;
  points: number;
  pending: number;
}>;

/** Sums lots by when they lapse, soonest first; points that never lapse are in no sum. */
export const expirySchedule = (
  lots: readonly OpenLot[],
  timeZone: string,
): readonly ExpiryDate[] => {
  const lapsing = lots.flatMap(({ expiresAt, ...lot }) =>
    expiresAt ? [{ ...lot, expiresAt }] : [],
  );
  const byInstant = Map.groupBy(lapsing, ({ expiresAt }) => expiresAt.getTime());
  return Array.from(byInstant)
    .toSorted(([one], [other]) => one - other)
    .map(([time, own]) => ({
      expiresAt: new Date(time),
      lastDay: localDateOf(timeZone, new Date(time - 1)),
      points: sumOf(own, 'available'),
      pending: sumOf(own, 'pending'),
    }));
};

const sumOf = (
  lots: readonly Pick<OpenLot, 'account' | 'points'>[],
  account: OpenLot['account'],
): number => lots.reduce((sum, lot) => sum + (lot.account === account ? lot.points : 0), 0);

/** Sorts lots by when they lapse, soonest first; usable ones before pending ones that lapse together with them. */
export const byExpiry = (one: OpenLot, other: OpenLot): number =>
  (one.expiresAt?.getTime() ?? Number.MAX_VALUE) -
    (other.expiresAt?.getTime() ?? Number.MAX_VALUE) ||
  (one.account === other.account ? 0 : one.account === 'available' ? -1 : 1);
