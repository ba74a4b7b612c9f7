import { z } from 'zod';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { OpenLot } from '#shared/domain/ledger/lot.ts';
import { localDateOf } from '#shared/domain/time/local-time.ts';
import { shownInstant } from '#shared/runtime/http/body/body-fields.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from './dependencies.ts';
import { walletPath, walletsUrl } from './parameters.ts';
import { findProgram, programProblems } from './refuse.ts';

const lotAnswer = z.object({
  lotId: z.uuid(),
  status: z.enum(['available', 'pending']),
  points: z.int().describe('Including reserved points; negative if points are owed'),
  reserved: z.int(),
  expiresAt: shownInstant.nullable().describe('null: never'),
  availableAt: shownInstant
    .nullable()
    .describe('When pending points become usable; null: see awaits'),
  awaits: z.string().nullable().describe('Order progress that pending points wait for'),
  orderId: z.string().nullable().describe('The order that awaits refers to'),
});

const lotsAnswer = z
  .object({
    lots: z.array(lotAnswer).describe('In order of expiry; those that never expire come last'),
    schedule: z
      .array(
        z.object({
          expiresAt: shownInstant,
          lastDay: z.iso.date().describe("Last day of use in the tenant's time zone"),
          points: z.int(),
          pending: z.int(),
        }),
      )
      .describe('Points that expire, by date, unless used before'),
  })
  .meta({ id: 'Lots' });

/**
 * GET …/lots: the lots of a wallet, and which points expire when. An expired lot is closed within
 * minutes.
 */
export const listLots = (dependencies: Pick<Dependencies, 'tenants' | 'reader'>) =>
  defineRoute({
    method: 'GET',
    path: `${walletsUrl}/{program}/lots`,
    id: 'listLots',
    summary: "List a wallet's lots and upcoming expiries",
    scope: 'wallet:read',
    params: walletPath,
    query: z.object({}),
    response: lotsAnswer,
    problems: programProblems,
    handle: async ({ params }) => {
      const { tenant } = await findProgram(dependencies, params);
      const lots = await dependencies.reader.lots(params);
      const schedule = expirySchedule(lots, tenant.timeZone);
      return {
        lots: lots.toSorted(byExpiry).map(showLot),
        schedule: schedule.map((date) => ({ ...date, expiresAt: date.expiresAt.toISOString() })),
      };
    },
  });

const showLot = (lot: OpenLot): z.output<typeof lotAnswer> => ({
  lotId: lot.lotId,
  status: lot.account,
  points: lot.points,
  reserved: lot.reserved,
  expiresAt: lot.expiresAt?.toISOString() ?? null,
  availableAt: lot.availableAt?.toISOString() ?? null,
  awaits: lot.awaits ?? null,
  orderId: lot.orderId ?? null,
});

/** The part of a movement that went through one lot. */
export const lotPartsAnswer = z
  .array(
    z.object({
      points: z.int(),
      expiresAt: shownInstant.nullable().describe('When these expire; null: never'),
    }),
  )
  .describe('Earliest expiry first');

/** Shows entries lot by lot; `sign` −1 turns what was taken into what was given. */
export const showLotParts = (
  entries: readonly LedgerEntry[],
  sign: 1 | -1,
): z.output<typeof lotPartsAnswer> =>
  entries.map(({ points, expiresAt }) => ({
    points: sign * points,
    expiresAt: expiresAt?.toISOString() ?? null,
  }));

/** Points that expire at one instant. */
export type ExpiryDate = Readonly<{
  expiresAt: Date;
  /** The last local day on which it can be used. */
  lastDay: string;
  points: number;
  pending: number;
}>;

/** Sums lots by expiry, soonest first; points that never expire are omitted. */
export const expirySchedule = (
  lots: readonly OpenLot[],
  timeZone: string,
): readonly ExpiryDate[] => {
  const expiring = lots.flatMap(({ expiresAt, ...lot }) =>
    expiresAt ? [{ ...lot, expiresAt }] : [],
  );
  const byInstant = Map.groupBy(expiring, ({ expiresAt }) => expiresAt.getTime());
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

/** Sorts lots by expiry, soonest first; available ones before pending ones with the same expiry. */
export const byExpiry = (one: OpenLot, other: OpenLot): number =>
  (one.expiresAt?.getTime() ?? Number.MAX_VALUE) -
    (other.expiresAt?.getTime() ?? Number.MAX_VALUE) ||
  (one.account === other.account ? 0 : one.account === 'available' ? -1 : 1);
