import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { PointsReleased } from './contracts/points-events.ts';
import { type Fact, factOf } from './fact.ts';

/** The event for a RELEASE entry; the same entry always gives the same event. */
export const releasedFact = ({
  tenantId,
  customerId,
  program,
  causeId,
  lotId,
  points,
  occurredAt,
  expiresAt,
  orderId,
}: LedgerEntry): Fact =>
  factOf(PointsReleased, {
    cause: [tenantId, program, causeId],
    partitionKey: customerId,
    time: occurredAt,
    data: {
      tenantId,
      customerId,
      program,
      lotId,
      points,
      availableAt: occurredAt.toISOString(),
      expiresAt: expiresAt?.toISOString() ?? null,
      orderId,
    },
  });
