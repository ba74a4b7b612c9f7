import { replay } from '#shared/domain/points/earning-account.ts';
import type { Earning } from '#shared/domain/points/tier-standing.ts';
import { PointsReversed } from '#shared/eventing/contracts/points-reversed.ts';
import { type Fact, factOf } from '#shared/eventing/fact.ts';
import type { AppliedRefund } from '#shared/stores/postgres/refund-store.ts';
import type { AccountView, Settlement } from '#shared/stores/postgres/settle-accounts.ts';
import { type Corrected, type Correction, correctOrders } from './correct-orders.ts';
import { earningChange } from './earning-change.ts';
import { toEarningOrder } from './paid-order.ts';
import { type Occasion, policyOf, revisionFacts, revisions } from './revise-orders.ts';
import { isJudgedAlone } from './settle-orders.ts';

type Arrival = Readonly<{ earning: Earning; refund: AppliedRefund; now: Date }>;

/**
 * Takes back what an order earned too much, given what is left of it: its points are always those of what is left. Where
 * orders depend on each other, the others follow.
 */
export const settleRefund = (
  view: AccountView,
  { earning, refund, now }: Arrival,
): Settlement<Fact> => {
  const occasion: Occasion = {
    name: `refund ${refund.refundId}`,
    cause: refund.cause,
    correlation: refund.correlation,
    occurredAt: refund.refundedAt,
  };
  const isAlone = isJudgedAlone(earning, view);
  const orders = view.history.map((order) =>
    order.orderId === refund.orderId
      ? { ...order, amountMinor: order.amountMinor - refund.appliedMinor }
      : order,
  );
  const { account, ratings } = replay(
    earning,
    orders.map((order) => toEarningOrder(order, view.memberships)),
  );
  const corrections = [
    ...reversal(view, { earning, refund, now }, ratings),
    ...revisions(earning, view, { ratings, occasion }).filter(
      ({ order }) => order.orderId !== refund.orderId,
    ),
  ];
  const corrected = correctOrders({ key: view.key, lots: view.lots, now }, corrections);
  const change = isAlone ? { facts: [] } : earningChange(view, { earning, account, occasion, now });
  return {
    ...change,
    entries: corrected.flatMap(({ entries }) => entries),
    facts: [
      ...corrected.flatMap((made) => reversalFact(view, refund, made)),
      ...revisionFacts(view, { corrected, occasion }),
      ...change.facts,
    ],
  };
};

const reversal = (
  { history }: AccountView,
  { earning, refund }: Arrival,
  ratings: readonly Readonly<{ orderId: string; points: number }>[],
): readonly Correction[] => {
  const worth = ratings.find(({ orderId }) => orderId === refund.orderId)?.points ?? 0;
  return history
    .filter(({ orderId }) => orderId === refund.orderId)
    .map((order) => ({
      order,
      points: worth - order.paid,
      policy: policyOf(earning.program, order),
      kind: 'REVERSE',
      causeId: refund.refundId,
      cause: refund.cause,
      occurredAt: refund.refundedAt,
      amountMinor: refund.appliedMinor,
    }));
};

const reversalFact = (
  { key: { tenantId, customerId, program } }: AccountView,
  refund: AppliedRefund,
  { correction: { kind, points, order }, writtenOff }: Corrected,
): readonly Fact[] => {
  if (kind !== 'REVERSE') return [];
  return [
    factOf(PointsReversed, {
      cause: [tenantId, program, refund.refundId],
      partitionKey: customerId,
      time: refund.refundedAt,
      data: {
        tenantId,
        customerId,
        program,
        orderId: order.orderId,
        refundId: refund.refundId,
        amountMinor: refund.appliedMinor,
        currency: order.currency,
        points: Math.max(0, -points),
        writtenOff,
        refundedAt: refund.refundedAt.toISOString(),
      },
      correlation: refund.correlation,
    }),
  ];
};
