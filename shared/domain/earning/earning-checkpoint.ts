import type { EarningState } from './earning-state.ts';

/**
 * The state of a wallet after one of its orders. A late order is rated from the last one before it.
 */
export type EarningCheckpoint = Readonly<{
  /** Numbers the checkpoints of a wallet from 1, in the order of events. */
  no: number;
  state: EarningState;
  /**
   * Orders placed later, of which something is left, have greater entry numbers; undefined: none is
   * recorded yet.
   */
  afterEntry: number | undefined;
}>;

/** The newest checkpoint of a wallet, 0 before the first, and how many orders came after it. */
export type CheckpointMark = Readonly<{ no: number; orders: number }>;

/** The mark of a wallet without checkpoints. */
export const noCheckpoints: CheckpointMark = { no: 0, orders: 0 };

/** How many orders apart checkpoints are, unless the caller overrides it. */
export const defaultOrdersPerCheckpoint = 64;

/**
 * Whether a checkpoint is kept together with a newer one. They thin out with age: of n checkpoints
 * some 2 × log₂ n are kept, and before any place that is k checkpoints back there is one that is at
 * most 2 k back.
 */
export const isKept = (no: number, newest: number): boolean => newest - no < 4 * (no & -no);
