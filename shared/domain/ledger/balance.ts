/**
 * What one customer has in one program, according to Postgres. `version` grows by one with every
 * change and fences caches.
 */
export type Balance = Readonly<{
  tenantId: string;
  customerId: string;
  program: string;
  /**
   * Points the customer owns, reserved ones included, pending ones not. Below zero only after an
   * unlimited refund.
   */
  points: number;
  /** Points earned that cannot be used yet. */
  pending: number;
  /** Points of open reservations; `points` − `reserved` can be spent. */
  reserved: number;
  /** Points ever earned, net of refunds, never reduced by spending. */
  lifetime: number;
  version: number;
  /**
   * The latest event time that changed the points: with equal points, the earlier one ranks first.
   */
  reachedAt: Date;
}>;

/**
 * Days that a balance stays in the cache at least after it last changed; then readers go to
 * Postgres once, and it is back.
 */
export const cachedDays = 30;
