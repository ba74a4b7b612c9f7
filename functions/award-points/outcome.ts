import { Counter } from 'prom-client';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { PointsAwarded } from '#shared/eventing/contracts/points-awarded.ts';
import { factOf } from '#shared/eventing/fact.ts';
import type { Outcome } from '#shared/runtime/event-handler.ts';
import type { Booking } from '#shared/stores/postgres/ledger-store.ts';

const awardsTotal = new Counter({
  name: 'guerdon_awards_total',
  help: 'Orders by what the ledger said: booked now, replayed from before, or in conflict with what stands',
  labelNames: ['outcome'] as const,
});

/**
 * Says what the ledger holds, not what was decided now: after a redelivery they may differ. A replayed order says its
 * fact again under the same id, because the first time may have died before saying it.
 */
export const toOutcome = (booking: Booking): Outcome => {
  awardsTotal.inc({ outcome: booking.kind });
  if (booking.kind === 'conflict') {
    const { recorded, field } = booking;
    const detail = `Order ${recorded.orderId} stands with another ${field}: ${recorded[field]}`;
    return new InvalidEvent('order-conflict', detail);
  }
  const { tenantId, customerId, orderId, points, ...entry } = booking.entry;
  const fact = factOf(PointsAwarded, {
    cause: [tenantId, orderId],
    partitionKey: customerId,
    time: entry.occurredAt,
    data: {
      tenantId,
      customerId,
      orderId,
      points,
      amountMinor: entry.amountMinor,
      currency: entry.currency,
      ruleVersion: entry.ruleVersion,
      lotId: entry.lotId,
      placedAt: entry.occurredAt.toISOString(),
    },
  });
  return { kind: 'done', facts: [fact] };
};
