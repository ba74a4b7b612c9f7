import type { Correlation } from '#shared/domain/correlation.ts';
import type { Earning } from '#shared/domain/earning/tier-standing.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import { PointsRevised } from '#shared/eventing/contracts/points-revised.ts';
import { type Fact, factOf } from '#shared/eventing/fact.ts';
import type { RecordedOrder } from '#shared/stores/postgres/earning/read-recorded-orders.ts';
import type { AccountView } from '#shared/stores/postgres/earning/settle-accounts.ts';
import type { Corrected, Correction } from './correct-orders.ts';
import type { RatedOrder } from './replay-orders.ts';

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
