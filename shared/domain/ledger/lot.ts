/**
 * Points of one customer and program that expire together and become available together. Points
 * that never expire and are available at once also form one lot, the everlasting one; only it may
 * be negative: points that are owed after a refund.
 */
export type OpenLot = Readonly<{
  lotId: string;
  account: 'available' | 'pending';
  /** What is left in it, reserved points included. */
  points: number;
  reserved: number;
  /** Absent: never. */
  expiresAt?: Date | undefined;
  /** Of a pending lot: when it can be used; absent while it waits for an event. */
  availableAt?: Date | undefined;
  /** Of a pending lot: the name of the event it waits for. */
  awaits?: string | undefined;
  /** Of a lot that waits for an event: the order whose event it is. */
  orderId?: string | undefined;
}>;

/**
 * A lot as input for decisions, with the points that expired in it: a refund of an order paid into
 * it does not charge these again.
 */
export type Lot = OpenLot & Readonly<{ expired: number }>;
