import type { Correlation } from '#shared/domain/correlation.ts';
import { emptyAccount } from '#shared/domain/earning/earning-account.ts';
import {
  type EarningCheckpoint,
  noCheckpoints,
} from '#shared/domain/earning/earning-checkpoint.ts';
import { byEventOrder, type EventPlace } from '#shared/domain/earning/earning-order.ts';
import {
  type EarningResult,
  type EarningStart,
  earningRun,
  startAt,
  usableCheckpoint,
} from '#shared/domain/earning/earning-run.ts';
import type { Rating } from '#shared/domain/earning/rate-order.ts';
import type { Earning } from '#shared/domain/earning/tier-standing.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import { PointsRevised } from '#shared/eventing/contracts/points-events.ts';
import { type Fact, factOf } from '#shared/eventing/fact.ts';
import type {
  Decision,
  NumberedOrder,
  RecordedOrder,
} from '#shared/stores/postgres/earning/read-recorded-orders.ts';
import type { AccountView } from '#shared/stores/postgres/earning/settle-accounts.ts';
import type { Corrected, Correction } from './correct-orders.ts';
import { type PaidOrder, toEarningOrder } from './order-claim.ts';

/** What changes the worth of other orders: `order o-1` or `refund r-1`, and when and by which event it came. */
export type Occasion = Readonly<{
  name: string;
  cause: string;
  correlation: Correlation | undefined;
  occurredAt: Date;
}>;

/** The corrections of recorded orders that are worth other points than they were paid. */
export const revisions = (
  { program }: Earning,
  changed: readonly RatedOrder[],
  { name, cause, occurredAt }: Occasion,
): readonly Correction[] =>
  changed.map(({ order, points }) => ({
    order,
    points: points - order.paid,
    policy: policyOf(program, order),
    kind: 'REVISE',
    causeId: `${order.orderId} ${name}`,
    cause,
    occurredAt,
  }));

/**
 * What the rule that paid an order says about refunds.
 * @throws Unavailable when this process has not loaded that version yet.
 */
export const policyOf = (
  { rules }: Earning['program'],
  { ruleVersion, orderId }: Pick<RecordedOrder, 'ruleVersion' | 'orderId'>,
) => {
  const rule = rules.find(({ version }) => version === ruleVersion);
  if (rule === undefined) {
    throw new Unavailable(
      'self',
      `Rule ${ruleVersion}, which paid order ${orderId}, is not loaded yet`,
    );
  }
  return rule.refundPolicy;
};

/** What to say of orders whose points were revised. */
export const revisionFacts = (
  { key: { tenantId, customerId, program } }: Pick<AccountView, 'key'>,
  { corrected, occasion }: Readonly<{ corrected: readonly Corrected[]; occasion: Occasion }>,
): readonly Fact[] =>
  corrected
    .filter(({ correction }) => correction.kind === 'REVISE')
    .map(({ correction: { order, points } }) => ({
      ...factOf(PointsRevised, {
        cause: [tenantId, program, order.orderId, occasion.name],
        partitionKey: customerId,
        time: occasion.occurredAt,
        data: {
          tenantId,
          customerId,
          program,
          orderId: order.orderId,
          points,
          because: occasion.name,
        },
      }),
      ...occasion.correlation,
    }));

/** A recorded order, and what it is worth now. */
export type RatedOrder = Readonly<{ order: RecordedOrder; points: number }>;

/** An account after its orders were judged again. */
export type Replayed = Readonly<{
  earning: EarningResult & Readonly<{ keptTo: number | undefined }>;
  /** Of the new orders, by order id. */
  ratings: ReadonlyMap<string, Rating>;
  /** Recorded orders that are worth other points than they were paid. */
  changed: readonly RatedOrder[];
}>;

type Terms = Readonly<{
  earning: Earning;
  orders: readonly PaidOrder[];
  /** Whether recorded orders are to be judged again, since the account does not lead to the new ones. */
  isLate: boolean;
  ordersPerCheckpoint?: number | undefined;
}>;

/** Judges new orders of an account, where they are late among the recorded ones since the last checkpoint. Keeps only what changes. */
export const replayOrders = (
  view: AccountView,
  { earning, orders, isLate, ordersPerCheckpoint }: Terms,
): Decision<Replayed> => {
  const { after, start, keptTo } = isLate ? fromCheckpoint(view, earning) : fromLast(view);
  const run = earningRun(earning, start, ordersPerCheckpoint);
  const arriving = orders.toSorted(byEventOrder);
  const ratings = new Map<string, Rating>();
  const changed: RatedOrder[] = [];
  const judgeArriving = (until?: EventPlace) => {
    const isNext = (order: PaidOrder) => until === undefined || byEventOrder(order, until) < 0;
    for (let [order] = arriving; order !== undefined && isNext(order); [order] = arriving) {
      const judgement = run.judge(toEarningOrder(order, view.memberships));
      if (judgement.kind === 'rated') ratings.set(order.orderId, judgement.rating);
      arriving.shift();
    }
  };
  const take = (order: NumberedOrder): void => {
    judgeArriving(order);
    const judgement = run.judge(toEarningOrder(order, view.memberships), order.entryNo);
    if (judgement.kind !== 'rated' || judgement.rating.points === order.paid) return;
    changed.push({ order, points: judgement.rating.points });
  };
  return {
    history: isLate ? { after, take } : undefined,
    settle: () => {
      judgeArriving();
      return { earning: { ...run.end(), keptTo }, ratings, changed };
    },
  };
};

type Beginning = Readonly<{
  after?: EarningCheckpoint | undefined;
  start: EarningStart;
  keptTo: number | undefined;
}>;

const fromCheckpoint = (view: AccountView, earning: Earning): Beginning => {
  const after = usableCheckpoint(earning, view.checkpoint);
  const isNew = view.balance.version === 0;
  return { after, start: startAt(after), keptTo: isNew ? undefined : (after?.no ?? 0) };
};

/** A version that did not know of checkpoints leaves no mark. Theirs may be wrong then, and are taken anew. */
const fromLast = ({ earning: account = emptyAccount, mark }: AccountView): Beginning => ({
  start: { account, mark: mark ?? noCheckpoints },
  keptTo: mark === undefined ? 0 : undefined,
});
