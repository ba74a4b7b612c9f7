import {
  type DecidingTerms,
  type Decision,
  type Rated,
  settle,
  withoutLots,
} from '../decide-payment.ts';
import type { WalletView } from '../earning-view.ts';
import { type Earning, ratesOrdersAlone, toEarningOrder } from '../program.ts';
import { rateAlone } from '../rating/rate-alone.ts';
import type { RecordedOrder } from '../recorded-order.ts';
import { type RatedOrder, type Replayed, replayOrders, revisions } from '../replay-orders.ts';
import { StaleTerms } from '../stale-terms.ts';
import type { Correction } from './correction.ts';
import type { AppliedRefund } from './refund.ts';

/** A wallet that was paid for a refunded order, with what is recorded of the order. */
type RefundView = WalletView & Readonly<{ order: RecordedOrder }>;

type Arrival = DecidingTerms & Readonly<{ earning: Earning; refund: AppliedRefund }>;

/**
 * Reverses the excess points of an order after a refund: an order always earns the points for what
 * is left of it. If orders depend on each other, the others are rated again. Returns StaleTerms if
 * other processes rate the orders of the wallet together.
 */
export const decideRefund = (view: RefundView, arrival: Arrival): Decision => {
  const { earning, refund, ordersPerCheckpoint } = arrival;
  const afterRefund = <Order extends RecordedOrder>(order: Order): Order =>
    order.orderId === refund.orderId
      ? { ...order, amountMinor: order.amountMinor - refund.appliedMinor }
      : order;
  if (ratesOrdersAlone(earning.program)) {
    if (view.earning !== undefined) return { settle: () => withoutLots(new StaleTerms()) };
    const rated = rateAlone(earning.program, toEarningOrder(afterRefund(view.order), view));
    const points = rated.kind === 'rated' ? rated.rating.points : 0;
    return { settle: () => settleRefund(view, arrival, [{ order: view.order, points }]) };
  }
  const replay = replayOrders(view, { earning, orders: [], isLate: true, ordersPerCheckpoint });
  const { history } = replay;
  return {
    history: history && { ...history, take: (order) => history.take(afterRefund(order)) },
    settle: () => {
      const replayed = replay.settle();
      return settleRefund(view, { ...arrival, replayed }, replayed.changed);
    },
  };
};

const settleRefund = (
  view: RefundView,
  { earning, refund, now, replayed }: Arrival & Readonly<{ replayed?: Replayed }>,
  changed: readonly RatedOrder[],
): Rated => {
  const occasion = {
    name: `refund ${refund.refundId}`,
    cause: refund.cause,
    correlation: refund.correlation,
    occurredAt: refund.refundedAt,
  };
  const settling = { earning, occasion, now };
  const isRefunded = ({ order }: RatedOrder) => order.orderId === refund.orderId;
  const { points } = changed.find(isRefunded) ?? { points: view.order.paid };
  const reversal: Correction = {
    order: view.order,
    points: points - view.order.paid,
    kind: 'REVERSE',
    causeId: refund.refundId,
    occasion,
    amountMinor: refund.appliedMinor,
  };
  const others = changed.filter((other) => !isRefunded(other));
  const corrections = [reversal, ...revisions(occasion, others)];
  return settle(view, settling, { corrections, replayed });
};
