import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { PointsReleased } from './contracts/points-events.ts';
import { type DomainEvent, domainEventOf } from './domain-event.ts';

/** The event for a RELEASE entry; the same entry always gives the same event. */
export const releasedEvent = ({
  tenantId,
  customerId,
  program,
  causeId,
  lotId,
  points,
  occurredAt,
  expiresAt,
  orderId,
}: LedgerEntry): DomainEvent =>
  domainEventOf(PointsReleased, {
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
