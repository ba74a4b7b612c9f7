import type { EarningView } from './account-view.ts';
import { advance, comesAfter, type EarningAccount, emptyAccount } from './earning-account.ts';
import type { EarningCheckpoint } from './earning-checkpoint.ts';
import type { EventPlace } from './earning-order.ts';
import { type Earning, type Entitlements, toEarningOrder } from './program.ts';
import type { FromHistory } from './recorded-order.ts';

/**
 * Rates the orders of an account that were placed up to an instant, since its border if it has one.
 * The state after them is the new border: all orders placed later can be rated from it, whatever
 * rules and tiers take effect afterwards, so the orders before it can be archived.
 */
export const accountAtBorder = (
  { program, timeZone }: Earning,
  { border, ...entitlements }: Entitlements & Pick<EarningView, 'border'>,
  until: Date,
): FromHistory<EarningAccount> => {
  const earning = { program, timeZone, keepsYear: true } as const;
  let account = border?.account ?? emptyAccount;
  return {
    history: {
      after: border,
      until,
      take: (order) => {
        account = advance(earning, account, toEarningOrder(order, entitlements)).account;
      },
    },
    settle: () => account,
  };
};

/** Whether an order was placed too early to be rated or refunded: not after the border. */
export const isClosed = (border: EarningCheckpoint | undefined, order: EventPlace): boolean =>
  border !== undefined && !comesAfter(border.account, order);
