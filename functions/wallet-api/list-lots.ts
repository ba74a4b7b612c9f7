import { z } from 'zod';
import type { OpenLot } from '#shared/domain/ledger/lot.ts';
import { defineRoute } from '#shared/runtime/http/route.ts';
import type { Dependencies } from './dependencies.ts';
import { byExpiry, expirySchedule } from './expiry-schedule.ts';
import { findProgram, programProblems } from './find-program.ts';
import { walletPath, walletsUrl } from './parameters.ts';

const instant = z.iso.datetime();

const lotAnswer = z.object({
  lotId: z.uuid(),
  status: z.enum(['available', 'pending']),
  points: z.int().describe('Including reserved points; negative if points are owed'),
  reserved: z.int(),
  expiresAt: instant.nullable().describe('null: never'),
  availableAt: instant.nullable().describe('When pending points become usable; null: see awaits'),
  awaits: z.string().nullable().describe('Order progress that pending points wait for'),
  orderId: z.string().nullable().describe('Order whose progress that is'),
});

const lotsAnswer = z
  .object({
    lots: z.array(lotAnswer).describe('In order of expiry; those that never expire come last'),
    schedule: z
      .array(
        z.object({
          expiresAt: instant,
          lastDay: z.iso.date().describe("Last day of use in the tenant's time zone"),
          points: z.int(),
          pending: z.int(),
        }),
      )
      .describe('Points that expire, by date, unless used before'),
  })
  .meta({ id: 'Lots' });

/** GET …/lots: what a wallet is made of, and what of it lapses when. A lot whose date has come is closed within minutes. */
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
