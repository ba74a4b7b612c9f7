import { byEventOrder, type EarningOrder } from './earning-order.ts';
import { type EarningState, emptyState, goesOn } from './earning-state.ts';
import type { EarningView } from './earning-view.ts';
import { type Earning, ratesOrdersAlone, toEarningOrder } from './program.ts';
import type { EarningRule } from './rating/earning-rule.ts';
import type { FromHistory } from './recorded-order.ts';
import { earningRun, startAt, usableCheckpoint } from './replay-orders.ts';

/** An order that is only previewed, not paid. */
export type PreviewedOrder = Readonly<{
  order: Omit<EarningOrder, 'cohorts'>;
  /** The rule to rate the order by instead of the one in effect. */
  rule?: EarningRule | undefined;
}>;

/**
 * The state of a wallet just before an order: the state after the last order if rating can
 * continue from it; otherwise the orders before it are rated again, as paying it would. Where
 * orders are rated independently, nothing before them matters.
 */
export const stateBefore = (
  earning: Earning,
  { earning: state, checkpoint, border, ...entitlements }: EarningView,
  { order, rule }: PreviewedOrder,
): FromHistory<EarningState> => {
  const { program } = earning;
  if (goesOn(earning, state, order)) return { settle: () => state };
  const rules = rule === undefined ? program.rules : [...program.rules, rule];
  if (ratesOrdersAlone({ ...program, rules })) return { settle: () => emptyState };
  const after = usableCheckpoint(earning, checkpoint) ?? border;
  const run = earningRun(earning, startAt(after));
  return {
    history: {
      after,
      take: (paid) => {
        if (byEventOrder(paid, order) < 0) run.rate(toEarningOrder(paid, entitlements));
      },
    },
    settle: () => run.end().state,
  };
};
