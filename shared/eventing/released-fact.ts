import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { PointsReleased } from './contracts/points-events.ts';
import { type Fact, factOf } from './fact.ts';

/** What to say of a RELEASE; the same entry always gives the same fact. */
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
