import { advance, canGoOn, type EarningAccount, emptyAccount } from './earning-account.ts';
import {
  type CheckpointMark,
  defaultOrdersPerCheckpoint,
  type EarningCheckpoint,
  isKept,
  noCheckpoints,
} from './earning-checkpoint.ts';
import type { EarningOrder } from './earning-order.ts';
import type { Judgement } from './judgement.ts';
import type { Earning } from './tier-standing.ts';

/** An account to judge further orders from. */
export type EarningStart = Readonly<{ account: EarningAccount; mark: CheckpointMark }>;

/** Where the orders after a checkpoint are judged from; undefined: all orders are judged again. */
export const startAt = (checkpoint: EarningCheckpoint | undefined): EarningStart =>
  checkpoint === undefined
    ? { account: emptyAccount, mark: noCheckpoints }
    : { account: checkpoint.account, mark: { no: checkpoint.no, orders: 0 } };

/** The checkpoint, unless the program has changed in a way that makes it useless. */
export const usableCheckpoint = (
  earning: Earning,
  checkpoint: EarningCheckpoint | undefined,
): EarningCheckpoint | undefined =>
  checkpoint !== undefined && canGoOn(earning, checkpoint.account) ? checkpoint : undefined;

/** An account after some orders, with the checkpoints that replace all later than its start. */
export type EarningResult = EarningStart & Readonly<{ checkpoints: readonly EarningCheckpoint[] }>;

/** Orders of one account, judged one after the other. */
export type EarningRun = Readonly<{
  /**
   * Judges the next order in the order of events; `entryNo` is that of its ledger entry, if it is
   * recorded already.
   */
  judge: (order: EarningOrder, entryNo?: number) => Judgement;
  end: () => EarningResult;
}>;

type Taken = Omit<EarningCheckpoint, 'afterEntry'> & { lowestAfter: number };

/**
 * Judges orders from a start on and takes a checkpoint after every so many. Needs memory for few
 * checkpoints, not for orders.
 */
export const earningRun = (
  earning: Earning,
  start: EarningStart,
  ordersPerCheckpoint = defaultOrdersPerCheckpoint,
): EarningRun => {
  let { account, mark } = start;
  let taken: readonly Taken[] = [];

  const include = (next: EarningAccount) => {
    account = next;
    mark = { ...mark, orders: mark.orders + 1 };
    if (mark.orders < ordersPerCheckpoint) return;
    mark = { no: mark.no + 1, orders: 0 };
    const kept = taken.filter(({ no }) => isKept(no, mark.no));
    taken = [...kept, { no: mark.no, account, lowestAfter: Number.POSITIVE_INFINITY }];
  };

  return {
    judge: (order, entryNo = Number.POSITIVE_INFINITY) => {
      for (const checkpoint of taken)
        checkpoint.lowestAfter = Math.min(checkpoint.lowestAfter, entryNo);
      const next = advance(earning, account, order);
      if (next.account !== account) include(next.account);
      return next.judgement;
    },
    end: () => ({
      account,
      mark,
      checkpoints: taken.map(({ lowestAfter, ...checkpoint }) => ({
        ...checkpoint,
        afterEntry: Number.isFinite(lowestAfter) ? lowestAfter - 1 : undefined,
      })),
    }),
  };
};
