import { InvalidEvent } from '#shared/domain/errors.ts';
import { decideAward } from '#shared/domain/points/decide-award.ts';
import type { LedgerEntry } from '#shared/domain/points/ledger-entry.ts';
import type { Order } from '#shared/eventing/contracts/order-placed.ts';
import { derivedId } from '#shared/eventing/derived-id.ts';
import type { Delivery } from '#shared/runtime/event-handler.ts';
import type { Tenant } from '#shared/stores/postgres/tenant-store.ts';

/** What an order means for the ledger, or why it is refused for good. An order that says no time has its event's. */
export const decideEntry = (
  { event, data: order }: Delivery<Order>,
  tenant: Tenant | undefined,
  now: Date,
): LedgerEntry | InvalidEvent => {
  const { tenantId, orderId, customerId, amountMinor, currency } = order;
  if (tenant?.status !== 'ACTIVE') {
    return new InvalidEvent('unknown-tenant', `There is no active tenant ${tenantId}`);
  }
  const placedAt = order.placedAt ?? (event.time === undefined ? now : new Date(event.time));
  if (Number.isNaN(placedAt.getTime())) {
    return new InvalidEvent('invalid-time', `The event's time is no instant: ${event.time}`);
  }
  const decision = decideAward({ amountMinor, currency, placedAt }, tenant.rules);
  if (decision.kind === 'refused') return new InvalidEvent(decision.reason, decision.detail);
  return {
    tenantId,
    kind: 'EARN',
    causeId: orderId,
    customerId,
    points: decision.points,
    counterAccount: 'issued',
    orderId,
    amountMinor,
    currency,
    ruleVersion: decision.ruleVersion,
    lotId: derivedId('lot', tenantId, orderId),
    cause: `${event.source} ${event.id}`,
    occurredAt: placedAt,
  };
};

/** Whether the decision was an entry for the ledger. */
export const isEntry = (decision: LedgerEntry | InvalidEvent): decision is LedgerEntry =>
  !(decision instanceof InvalidEvent);
