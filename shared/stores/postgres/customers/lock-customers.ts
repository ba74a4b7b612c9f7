import type { Transaction } from '../driver/connect.ts';

/** An arbitrary constant: separates these locks from other advisory locks. */
const namespace = 7_136_512;

/**
 * Locks a tenant's records and customers until the transaction ends. Who writes records, links,
 * decisions or customers takes it first, so that two halves of a person that arrive at once see
 * each other, whichever pods they arrive at.
 *
 * Every statement after it looks rows up by indexes: the tables grow a thousandfold during an
 * import, while the planner has plans and statistics from when they were small.
 */
export const lockCustomers = async (tx: Transaction, tenantId: string): Promise<void> => {
  await tx`
    select pg_advisory_xact_lock(${namespace}, hashtext(${tenantId})),
      set_config('enable_seqscan', 'off', true)`;
};
