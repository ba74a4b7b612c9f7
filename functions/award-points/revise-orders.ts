import type { Correlation } from '#shared/domain/correlation.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import type { Rating } from '#shared/domain/points/rate-order.ts';
import type { Earning } from '#shared/domain/points/tier-standing.ts';
import { PointsRevised } from '#shared/eventing/contracts/points-revised.ts';
import { type Fact, factOf } from '#shared/eventing/fact.ts';
import type { RecordedOrder } from '#shared/stores/postgres/read-recorded-orders.ts';
import type { AccountView } from '#shared/stores/postgres/settle-accounts.ts';
import type { Corrected, Correction } from './correct-orders.ts';

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
  { history }: Pick<AccountView, 'history'>,
  { ratings, occasion }: Readonly<{ ratings: readonly Rating[]; occasion: Occasion }>,
): readonly Correction[] => {
  const recorded = new Map(history.map((order) => [order.orderId, order]));
  return ratings.flatMap(({ orderId, points }): Correction[] => {
    const order = recorded.get(orderId);
    if (order === undefined || order.paid === points) return [];
    const { name, cause, occurredAt } = occasion;
    const policy = policyOf(program, order);
    const causeId = `${orderId} ${name}`;
    return [
      { order, points: points - order.paid, policy, kind: 'REVISE', causeId, cause, occurredAt },
    ];
  });
};

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
