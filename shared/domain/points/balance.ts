/** What one customer has, as Postgres says it. `version` grows by one with every change and fences the caches. */
export type Balance = Readonly<{
  tenantId: string;
  customerId: string;
  /** Points the customer can use now. */
  points: number;
  /** Points ever earned, never reduced by spending. */
  lifetime: number;
  version: number;
  /** The latest event time that changed the points: whoever has the smaller one was there first. */
  reachedAt: Date;
}>;
