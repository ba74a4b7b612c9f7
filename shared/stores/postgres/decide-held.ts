import { type Decided, decideIncentives } from '#shared/domain/incentives/decide-incentives.ts';
import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import { openChoices } from '#shared/domain/incentives/open-choices.ts';
import type { Usage } from '#shared/domain/limits/usage.ts';
import { holdCoupons } from './claim-coupons.ts';
import type { Transaction } from './connect.ts';
import { readIncentives } from './incentive-rows.ts';
import { holdUsages, type Usages } from './limit-usage.ts';
import {
  claimsByTenant,
  type RequestChoices,
  type RewardRequest,
  readClaims,
  usageKeysOf,
} from './read-claims.ts';

/** What was decided by usage that is held until the transaction ends. */
export type Held = Pick<Decided, 'incentives' | 'entries'> &
  Readonly<{
    /** What was decided elsewhere before the usage could be held. */
    recorded: ReadonlyMap<string, Incentive>;
    /** The usage that was changed, as it is now. */
    changed: Usages;
    /** All that was held, as it is now. */
    usages: Usages;
  }>;

/** Decides requests one after the other, with all that they share held: nobody else gives anything of it meanwhile. */
export const decideHeld = async (
  tx: Transaction,
  requests: readonly RequestChoices[],
  now: Date,
): Promise<Held> => {
  if (requests.length === 0) return nothing;
  const qualifications = requests.flat().map(({ qualification }) => qualification);
  const usages = await holdUsages(tx, usageKeysOf(qualifications));
  // Only now is certain what others have decided, and what the caps are.
  const recorded = await readIncentives(
    tx,
    qualifications.map(({ incentiveId }) => incentiveId),
  );
  const open = requests
    .map((choices) => openChoices(choices, recorded))
    .filter(({ length }) => length > 0);
  const claims = await readClaims(tx, open);
  const coupons = await holdCoupons(tx, couponDemands(open.flat()));
  const decided = [...claimsByTenant(claims)].map(([tenantId, own]) => ({
    tenantId,
    ...decideIncentives(own, {
      usages: usages.get(tenantId) ?? new Map<string, Usage>(),
      coupons: coupons.get(tenantId) ?? new Map<string, readonly string[]>(),
      now,
    }),
  }));
  const changed = new Map(decided.map((own) => [own.tenantId, own.usages]));
  return {
    recorded,
    incentives: decided.flatMap(({ incentives }) => incentives),
    entries: decided.flatMap(({ entries }) => entries),
    changed,
    usages: withChanges(usages, changed),
  };
};

const nothing: Held = {
  recorded: new Map(),
  incentives: [],
  entries: [],
  changed: new Map(),
  usages: new Map(),
};

/** Usage with what is newer in its place. */
export const withChanges = (usages: Usages, changed: Usages): Usages =>
  new Map(
    [...new Set([...usages.keys(), ...changed.keys()])].map((tenantId) => [
      tenantId,
      new Map([...(usages.get(tenantId) ?? []), ...(changed.get(tenantId) ?? [])]),
    ]),
  );

const couponDemands = (requests: readonly RewardRequest[]) => {
  const wanted = requests.flatMap(({ qualification: { tenantId, reward } }) =>
    reward.type === 'COUPON' ? [{ tenantId, pool: reward.pool ?? '' }] : [],
  );
  const byPool = Map.groupBy(wanted, ({ tenantId, pool }) => `${tenantId} ${pool}`);
  return [...byPool.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ ...first, codes: 1 + others.length }],
  );
};
