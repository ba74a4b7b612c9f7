import type { EarningCheckpoint } from './earning-checkpoint.ts';

/** An order that was paid, with what refunds have left of it and what its entries add up to. */
export type RecordedOrder = Readonly<{
  orderId: string;
  placedAt: Date;
  /** What the refunds that its program has applied left of it, in minor units. */
  amountMinor: number;
  currency: string;
  /** EARN, REVERSE and REVISE together. */
  paid: number;
  ruleVersion: number;
  /** The lot that it was paid into. */
  lotId: string;
  expiresAt: Date | undefined;
}>;

/** A recorded order with the number of its EARN entry. */
export type NumberedOrder = RecordedOrder & Readonly<{ entryNo: number }>;

/**
 * Recorded orders that a result depends on: those placed after a checkpoint, or all, one by one in
 * the order of events.
 */
export type History = Readonly<{
  after: EarningCheckpoint | undefined;
  /** Leaves out orders placed later than this instant. */
  until?: Date | undefined;
  take: (order: NumberedOrder) => void;
}>;

/**
 * A result that `settle` returns once `history` has taken the recorded orders; at once where it
 * needs none.
 */
export type FromHistory<Result> = Readonly<{ history?: History | undefined; settle: () => Result }>;
