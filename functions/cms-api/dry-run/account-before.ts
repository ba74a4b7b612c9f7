import { cohortsAt } from '#shared/domain/points/cohorts-at.ts';
import { type EarningAccount, goesOn, replay } from '#shared/domain/points/earning-account.ts';
import {
  byEventOrder,
  type EarningOrder,
  type EventPlace,
} from '#shared/domain/points/earning-order.ts';
import type { EarningRule } from '#shared/domain/points/earning-rule.ts';
import { judgesOrdersAlone } from '#shared/domain/points/program.ts';
import type { Earning } from '#shared/domain/points/tier-standing.ts';
import type { EarningView } from '#shared/stores/postgres/earning-reader.ts';

/** Whether the orders before one must be read, because they matter to it and no account says enough of them. */
export const needsHistory = (
  earning: Earning,
  standing: EarningAccount | undefined,
  { order, rule }: Readonly<{ order: EventPlace; rule?: EarningRule | undefined }>,
): boolean => {
  const { program } = earning;
  const rules = rule === undefined ? program.rules : [...program.rules, rule];
  return !judgesOrdersAlone({ ...program, rules }) && !goesOn(earning, standing, order);
};

/**
 * Returns where a customer stands just before an order: as the last order left it if that can go on from there, else by replaying
 * the orders before it, as paying it would.
 */
export const accountBefore = (
  earning: Earning,
  { earning: standing, memberships, history }: EarningView,
  order: EarningOrder,
): EarningAccount => {
  if (goesOn(earning, standing, order)) return standing;
  const earlier = history
    .map((paid) => ({ ...paid, cohorts: cohortsAt(memberships, paid.placedAt) }))
    .filter((paid) => byEventOrder(paid, order) < 0);
  return replay(earning, earlier).account;
};
