import type { EarningRule } from '#shared/domain/earning/rating/earning-rule.ts';
import { noCircumstances, rateOrder } from '#shared/domain/earning/rating/rate-order.ts';
import type { TraceStep } from '#shared/domain/earning/rating/trace.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import type { Adjustment } from '#shared/domain/wallets/adjustment.ts';
import type { Redemption } from '#shared/domain/wallets/redemption.ts';
import type { Transfer } from '#shared/domain/wallets/transfer.ts';
import {
  PointsAdjusted,
  PointsRedeemed,
  PointsTransferred,
} from '#shared/eventing/contracts/points-events.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { requestEvent } from '#shared/runtime/http/requests/request-event.ts';

/** The event of a committed redemption. */
export const redeemedEvent =
  (now: Date) =>
  (redemption: Redemption): DomainEvent => {
    const { tenantId, customerId, program, redemptionId, reference } = redemption;
    return requestEvent(PointsRedeemed, {
      cause: [tenantId, program, redemptionId],
      partitionKey: customerId,
      time: now,
      data: {
        tenantId,
        customerId,
        program,
        redemptionId,
        reserved: redemption.points,
        points: redemption.committed,
        reference: reference ?? null,
        redeemedAt: now.toISOString(),
      },
    });
  };

/** The event of a transfer. */
export const transferredEvent = (
  { transferId, from: { tenantId, program, customerId }, to, points, reference }: Transfer,
  now: Date,
): DomainEvent =>
  requestEvent(PointsTransferred, {
    cause: [tenantId, program, transferId],
    partitionKey: customerId,
    time: now,
    data: {
      tenantId,
      program,
      transferId,
      from: customerId,
      to,
      points,
      reference: reference ?? null,
      transferredAt: now.toISOString(),
    },
  });

/** The event of an adjustment. */
export const adjustedEvent = (
  { adjustmentId, wallet: { tenantId, customerId, program }, points, reason, by }: Adjustment,
  now: Date,
): DomainEvent =>
  requestEvent(PointsAdjusted, {
    cause: [tenantId, program, adjustmentId],
    partitionKey: customerId,
    time: now,
    data: {
      tenantId,
      customerId,
      program,
      adjustmentId,
      points,
      reason,
      adjustedBy: by,
      adjustedAt: now.toISOString(),
    },
  });

/**
 * The steps of computing the points of an order; undefined for an entry that pays no order. The
 * ledger stores the steps if they depend on more than the rule and the amount; otherwise they are
 * computed again from these two.
 */
export const traceOf = (
  entry: LedgerEntry,
  rules: readonly EarningRule[],
): readonly TraceStep[] | undefined => {
  const { kind, trace, amountMinor, currency, occurredAt: placedAt } = entry;
  if (trace !== undefined || kind !== 'EARN') return trace;
  const rule = rules.find(({ version }) => version === entry.ruleVersion);
  if (rule === undefined || amountMinor === undefined || currency === undefined) return undefined;
  const order = { orderId: entry.causeId, placedAt, amountMinor, currency, cohorts: [] };
  return rateOrder(rule, order, noCircumstances).rating.trace;
};
