/**
 * Points of one customer and program that lapse together and become usable together. Points that
 * never lapse and can be used at once are one lot as well, the everlasting one; it alone may hold
 * less than nothing: what is owed after a refund.
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
 * A lot as decisions see it, with what lapsed in it: a refund of an order paid into it does not ask
 * for these points again.
 */
export type Lot = OpenLot & Readonly<{ expired: number }>;
