import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { PointsAwarded } from '#shared/eventing/contracts/points-awarded.ts';
import { type Fact, factOf } from '#shared/eventing/fact.ts';

/** What to say of an EARN; the same entry always gives the same fact. */
export const awardedFact = (entry: LedgerEntry): Fact => {
  const { tenantId, customerId, program, causeId: orderId, occurredAt } = entry;
  return factOf(PointsAwarded, {
    cause: [tenantId, program, orderId],
    partitionKey: customerId,
    time: occurredAt,
    data: {
      tenantId,
      customerId,
      program,
      orderId,
      points: entry.points,
      amountMinor: entry.amountMinor ?? 0,
      currency: entry.currency ?? '',
      ruleVersion: entry.ruleVersion ?? 0,
      lotId: entry.lotId,
      pending: entry.account === 'pending',
      placedAt: occurredAt.toISOString(),
    },
  });
};
