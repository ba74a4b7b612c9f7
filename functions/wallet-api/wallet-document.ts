import { z } from 'zod';
import { emptyState, notBeforeLast } from '#shared/domain/earning/earning-state.ts';
import { type TierStatus, tierStatus } from '#shared/domain/earning/tiers/tier-status.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import { shownInstant } from '#shared/runtime/http/body/body-fields.ts';
import type { TierBasis } from '#shared/stores/postgres/wallets/wallet-reader.ts';
import type { TenantProgram } from './refuse.ts';

/** What the tier of a wallet without orders follows from. */
export const noBasis: TierBasis = { earning: undefined, grants: [] };

const tier = z
  .object({
    name: z.string().nullable().describe('null below the first tier'),
    level: z.int().describe('0 without a tier, 1 for the first tier'),
    since: shownInstant.nullable(),
    metric: z.int().describe("Value of the program's tier metric, from the orders of this wallet"),
    next: z
      .object({ name: z.string(), missing: z.int() })
      .nullable()
      .describe('null at the highest tier'),
    fallsAt: shownInstant
      .nullable()
      .describe('When the tier is lost without further orders; null: never'),
  })
  .describe('Only for programs with tiers, and only for the current balance');

/** What a wallet holds. */
export const walletAnswer = z
  .object({
    program: z.string(),
    unit: z.string().describe('POINTS, or the currency whose minor units are counted'),
    points: z.int().describe('Balance; negative if points are owed'),
    available: z.int().describe('Balance that is not reserved'),
    pending: z.int().describe('Earned but not usable yet'),
    reserved: z.int().describe('Reserved by open redemptions'),
    lifetime: z.int().describe('Lifetime points earned, net of refunds'),
    tier: tier.optional(),
    version: z.int().nullable().describe('Incremented with every change; null for a past balance'),
    asOf: shownInstant,
    source: z
      .enum(['cache', 'ledger'])
      .describe('cache may lag behind the ledger by a write in progress'),
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
  tier?: TierStatus | undefined;
}>;

/** Shows a wallet. */
export const showWallet = ({
  of: { program },
  holdings: { points, pending, reserved, lifetime, version },
  source,
  asOf,
  tier: status,
}: Reading): z.output<typeof walletAnswer> => ({
  program: program.program,
  unit: program.unit,
  points,
  available: points - reserved,
  pending,
  reserved,
  lifetime,
  ...(status && { tier: showTier(status) }),
  version,
  asOf: asOf.toISOString(),
  source,
});

const showTier = (status: TierStatus): z.output<typeof tier> => ({
  name: status.tier ?? null,
  level: status.level,
  since: status.since?.toISOString() ?? null,
  metric: status.metric,
  next: status.next ?? null,
  fallsAt: status.fallsAt?.toISOString() ?? null,
});

/** The current tier of a customer in a program; undefined if there are no tiers. */
export const tierNow = (
  { tenant: { timeZone }, program }: TenantProgram,
  { earning: state = emptyState, grants }: TierBasis,
  now: Date,
): TierStatus | undefined => {
  if (program.ladders.length === 0) return undefined;
  const at = notBeforeLast(state, now);
  return tierStatus({ program, timeZone }, { ...state, grants }, at);
};
