import { rateAlone } from '#shared/domain/earning/rate-alone.ts';
import type { Earning } from '#shared/domain/earning/tier-standing.ts';
import { PointsReversed } from '#shared/eventing/contracts/points-reversed.ts';
import { type Fact, factOf } from '#shared/eventing/fact.ts';
import type {
  Decision,
  RecordedOrder,
} from '#shared/stores/postgres/earning/read-recorded-orders.ts';
import type { AppliedRefund, RefundView } from '#shared/stores/postgres/earning/refund-store.ts';
import type { AccountView, Settlement } from '#shared/stores/postgres/earning/settle-accounts.ts';
import { type Corrected, type Correction, correctOrders } from './correct-orders.ts';
import { earningChange } from './earning-change.ts';
import { toEarningOrder } from './paid-order.ts';
import { type RatedOrder, type Replayed, replayOrders } from './replay-orders.ts';
import { type Occasion, policyOf, revisionFacts, revisions } from './revise-orders.ts';
import { isJudgedAlone } from './settle-orders.ts';

type Arrival = Readonly<{
  earning: Earning;
  refund: AppliedRefund;
  now: Date;
  ordersPerCheckpoint?: number | undefined;
}>;

/**
 * Takes back what an order earned too much, given what is left of it: its points are always those of what is left. Where
 * orders depend on each other, the others follow.
 */
export const settleRefund = (view: RefundView, arrival: Arrival): Decision<Settlement<Fact>> => {
  const { earning, refund, ordersPerCheckpoint } = arrival;
  const afterRefund = <Order extends RecordedOrder>(order: Order): Order =>
    order.orderId === refund.orderId
      ? { ...order, amountMinor: order.amountMinor - refund.appliedMinor }
      : order;
  if (isJudgedAlone(earning, view)) {
    const order = toEarningOrder(afterRefund(view.order), []);
    const judgement = rateAlone(earning.program, order);
    const points = judgement.kind === 'rated' ? judgement.rating.points : 0;
    return {
      settle: () => settleRated(view, arrival, { changed: [{ order: view.order, points }] }),
    };
  }
  const replay = replayOrders(view, { earning, orders: [], isLate: true, ordersPerCheckpoint });
  const { history } = replay;
  return {
    history: history && { ...history, take: (order) => history.take(afterRefund(order)) },
    settle: () => settleRated(view, arrival, replay.settle()),
  };
};

const settleRated = (
  view: RefundView,
  arrival: Arrival,
  rated: Pick<Replayed, 'changed'> | Replayed,
): Settlement<Fact> => {
  const { earning, refund, now } = arrival;
  const occasion: Occasion = {
    name: `refund ${refund.refundId}`,
    cause: refund.cause,
    correlation: refund.correlation,
    occurredAt: refund.refundedAt,
  };
  const isRefunded = ({ order }: RatedOrder) => order.orderId === refund.orderId;
  const { points } = rated.changed.find(isRefunded) ?? { points: view.order.paid };
  const others = rated.changed.filter((other) => !isRefunded(other));
  const corrections = [
    reversal({ order: view.order, points }, arrival),
    ...revisions(earning, others, occasion),
  ];
  const corrected = correctOrders({ key: view.key, lots: view.lots, now }, corrections);
  const change: Pick<Settlement<Fact>, 'earning' | 'facts'> = 'earning' in rated
    ? earningChange(view, { earning, replayed: rated, occasion, now })
    : { facts: [] };
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

const reversal = ({ order, points }: RatedOrder, { earning, refund }: Arrival): Correction => ({
  order,
  points: points - order.paid,
  policy: policyOf(earning.program, order),
  kind: 'REVERSE',
  causeId: refund.refundId,
  cause: refund.cause,
  occurredAt: refund.refundedAt,
  amountMinor: refund.appliedMinor,
});

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
