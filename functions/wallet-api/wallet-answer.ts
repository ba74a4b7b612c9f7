import { z } from 'zod';
import type { Balance } from '#shared/domain/points/balance.ts';
import {
  type EarningAccount,
  emptyAccount,
  notBeforeLast,
} from '#shared/domain/points/earning-account.ts';
import { type TierStanding, tierStanding } from '#shared/domain/points/tier-standing.ts';
import type { TenantProgram } from './find-program.ts';

const instant = z.iso.datetime();

const tier = z
  .object({
    name: z.string().nullable().describe('null: below the first tier'),
    level: z.int().describe('0 without a tier, 1 for the first'),
    since: instant.nullable(),
    metric: z.int().describe('What the program counts for its tiers'),
    next: z.object({ name: z.string(), missing: z.int() }).nullable().describe('null: at the top'),
    fallsAt: instant.nullable().describe('When the tier is lost if no order comes; null: never'),
  })
  .describe('Only of programs with tiers, and only as of now');

/** What a wallet holds. */
export const walletAnswer = z
  .object({
    program: z.string(),
    unit: z.string().describe('POINTS, or the currency whose minor units are counted'),
    points: z.int().describe('What the customer owns, below zero when something is owed'),
    available: z.int().describe('What is not reserved of it'),
    pending: z.int().describe('Earned, and not to be used yet'),
    reserved: z.int().describe('Held by open redemptions'),
    lifetime: z.int().describe('Ever earned, net of refunds'),
    tier: tier.optional(),
    version: z.int().nullable().describe('Grows by one with every change; null for the past'),
    asOf: instant,
    source: z
      .enum(['cache', 'ledger'])
      .describe('cache may be behind the ledger by the write that is on its way'),
  })
  .meta({ id: 'Wallet' });

type Holdings = Pick<Balance, 'points' | 'pending' | 'reserved' | 'lifetime'>;

/** A wallet that nothing ever went into. */
export const emptyHoldings = { points: 0, pending: 0, reserved: 0, lifetime: 0, version: 0 };

type Reading = Readonly<{
  of: TenantProgram;
  holdings: Holdings & Readonly<{ version: number | null }>;
  source: 'cache' | 'ledger';
  asOf: Date;
  tier?: TierStanding | undefined;
}>;

/** Shows a wallet. */
export const showWallet = ({
  of: { program },
  holdings: { points, pending, reserved, lifetime, version },
  source,
  asOf,
  tier: standing,
}: Reading): z.output<typeof walletAnswer> => ({
  program: program.program,
  unit: program.unit,
  points,
  available: points - reserved,
  pending,
  reserved,
  lifetime,
  ...(standing && { tier: showTier(standing) }),
  version,
  asOf: asOf.toISOString(),
  source,
});

const showTier = (standing: TierStanding): z.output<typeof tier> => ({
  name: standing.tier ?? null,
  level: standing.level,
  since: standing.since?.toISOString() ?? null,
  metric: standing.metric,
  next: standing.next ?? null,
  fallsAt: standing.fallsAt?.toISOString() ?? null,
});

/** Where a customer stands now in a program; undefined where there are no tiers. */
export const tierNow = (
  { tenant: { timeZone }, program }: TenantProgram,
  account: EarningAccount = emptyAccount,
  now: Date,
): TierStanding | undefined => {
  if (program.ladders.length === 0) return undefined;
  return tierStanding({ program, timeZone }, account, notBeforeLast(account, now));
};
