import type { Balance } from '#shared/domain/ledger/balance.ts';

/** A balance; a test names only what it is about. Unless named, nothing was spent. */
export const testBalance = (fields: Partial<Balance> = {}): Balance => {
  const { points = 10 } = fields;
  return {
    ...{ tenantId: 'default', customerId: 'c-1', program: 'points' },
    ...{ points, pending: 0, reserved: 0, lifetime: points, version: 1 },
    reachedAt: new Date('2026-11-21T10:00:00.123Z'),
    ...fields,
  };
};
