import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';

/** A valid EARN; a test names only what it is about. */
export const earnEntry = (fields: Partial<LedgerEntry> = {}): LedgerEntry => {
  const orderId = fields.orderId ?? 'o-1';
  return {
    tenantId: 'default',
    program: 'points',
    kind: 'EARN',
    causeId: orderId,
    customerId: 'c-1',
    account: 'available',
    points: 12,
    counterAccount: 'issued',
    orderId,
    amountMinor: 125_050,
    currency: 'INR',
    ruleVersion: 1,
    lotId: '7c9b6a8e-3f5d-5a41-9d0e-2b6f7c1d4e5f',
    cause: '/test 1',
    occurredAt: new Date('2026-06-01T12:00:00Z'),
    ...fields,
  };
};
