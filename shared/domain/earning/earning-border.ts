import type { EarningCheckpoint } from './earning-checkpoint.ts';
import type { EventPlace } from './earning-order.ts';
import { advance, comesAfter, type EarningState, emptyState } from './earning-state.ts';
import type { EarningView } from './earning-view.ts';
import { type Earning, type Entitlements, toEarningOrder } from './program.ts';
import type { FromHistory } from './recorded-order.ts';

/**
 * Rates the orders of a wallet that were placed up to an instant, since its border if it has one.
 * The state after them is the new border: all orders placed later can be rated from it, whatever
 * rules and tiers take effect afterwards, so the orders before it can be archived.
 */
export const stateAtBorder = (
  { program, timeZone }: Earning,
  { border, ...entitlements }: Entitlements & Pick<EarningView, 'border'>,
  until: Date,
): FromHistory<EarningState> => {
  const earning = { program, timeZone, keepsYear: true } as const;
  let state = border?.state ?? emptyState;
  return {
    history: {
      after: border,
      until,
      take: (order) => {
        state = advance(earning, state, toEarningOrder(order, entitlements)).state;
      },
    },
    settle: () => state,
  };
};

/** Whether an order was placed too early to be rated or refunded: not after the border. */
export const isClosed = (border: EarningCheckpoint | undefined, order: EventPlace): boolean =>
  border !== undefined && !comesAfter(border.state, order);
