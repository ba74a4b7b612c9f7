import { Counter } from 'prom-client';
import { rateAlone } from '#shared/domain/earning/rate-alone.ts';
import type { Earning } from '#shared/domain/earning/tier-standing.ts';
import { InvalidEvent, Unavailable } from '#shared/domain/errors.ts';
import { PointsReversed } from '#shared/eventing/contracts/points-events.ts';
import { type Fact, factOf } from '#shared/eventing/fact.ts';
import type { Clock } from '#shared/runtime/clock.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type {
  Decision,
  RecordedOrder,
} from '#shared/stores/postgres/earning/read-recorded-orders.ts';
import type { RefundRequest } from '#shared/stores/postgres/earning/refund-rows.ts';
import type {
  AppliedRefund,
  RefundKey,
  RefundOutcome,
  RefundStore,
  RefundView,
} from '#shared/stores/postgres/earning/refund-store.ts';
import type { AccountView, Settlement } from '#shared/stores/postgres/earning/settle-accounts.ts';
import type { AccountKey } from '#shared/stores/postgres/ledger/hold-accounts.ts';
import type { Tenant } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { type Corrected, type Correction, correctOrders } from './correct-orders.ts';
import { toEarningOrder } from './order-claim.ts';
import { earningChange, isJudgedAlone } from './pay-together.ts';
import {
  type Occasion,
  policyOf,
  type RatedOrder,
  type Replayed,
  replayOrders,
  revisionFacts,
  revisions,
} from './revise-orders.ts';

const refundsTotal = new Counter({
  name: 'guerdon_refunds_total',
  help: 'Refunds by outcome: applied, replayed, waiting for their order, refused, or in conflict with the recorded refund',
  labelNames: ['outcome'] as const,
});

/** What refunds need. */
export type RefundDependencies = Readonly<{
  refunds: RefundStore;
  clock: Clock;
  log: Logger;
  /** How many orders apart the states are kept that late orders and refunds are judged from. */
  ordersPerCheckpoint?: number | undefined;
}>;

/** Records a refund. @throws InvalidEvent when its id was used for a refund with another content. */
export const recordRefund = async (
  { refunds }: RefundDependencies,
  refund: RefundRequest,
): Promise<void> => {
  const field = await refunds.record(refund);
  if (field === undefined) return;
  refundsTotal.inc({ outcome: 'conflict' });
  const detail = `Refund ${refund.refundId} was already recorded with a different ${field}`;
  throw new InvalidEvent('refund-conflict', detail);
};

/**
 * Applies a recorded refund in every program that paid its order, or leaves it waiting for the order.
 * @throws Unavailable when this process has not loaded a program or rule version yet that paid the order.
 */
export const applyRefund = async (
  { refunds, clock, log, ordersPerCheckpoint }: RefundDependencies,
  refund: RefundKey,
  { programs, timeZone }: Tenant,
): Promise<RefundOutcome<Fact>> => {
  const now = clock();
  const earningOf = ({ program: name }: AccountKey): Earning => {
    const program = programs.find((candidate) => candidate.program === name);
    if (program === undefined) throw new Unavailable('self', `Program ${name} is not loaded yet`);
    return { program, timeZone };
  };
  const outcome = await refunds.apply<Fact>(refund, {
    needsHistory: (key, held) => !isJudgedAlone(earningOf(key), held),
    decide: (view, applied) => {
      const earning = earningOf(view.key);
      return settleRefund(view, { earning, refund: applied, now, ordersPerCheckpoint });
    },
  });
  refundsTotal.inc({ outcome: outcome.kind });
  // A refund that waited has no delivery any more that could be refused: the log and its row tell.
  if (outcome.kind === 'refused') log.warn({ refund, reason: outcome.reason }, outcome.detail);
  return outcome;
};

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
const settleRefund = (view: RefundView, arrival: Arrival): Decision<Settlement<Fact>> => {
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
