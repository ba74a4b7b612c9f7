import type { Correlation } from '../correlation.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { RecordedOrder } from './recorded-order.ts';

/**
 * What changes the worth of orders: `order o-1` or `refund r-1`, and when and by which event it
 * came.
 */
export type Occasion = Readonly<{
  name: string;
  cause: string;
  correlation: Correlation | undefined;
  occurredAt: Date;
}>;

/** That an order is worth other points than it was paid. */
export type Correction = Readonly<{
  order: RecordedOrder;
  /** More points where positive, fewer where negative. */
  points: number;
  /** REVERSE of the refunded order itself, REVISE of others. */
  kind: 'REVERSE' | 'REVISE';
  causeId: string;
  occasion: Occasion;
  /** Of a REVERSE: what was refunded. */
  amountMinor?: number | undefined;
}>;

/**
 * The effect of a correction: its entries, and the points that were reversed in the ledger but that
 * the customer keeps.
 */
export type Corrected = Readonly<{
  correction: Correction;
  entries: readonly LedgerEntry[];
  writtenOff: number;
}>;
