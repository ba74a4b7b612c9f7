import type { EarningRule } from '#shared/domain/earning/earning-rule.ts';
import { noCircumstances, rateOrder } from '#shared/domain/earning/rate-order.ts';
import type { TraceStep } from '#shared/domain/earning/trace.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';

/**
 * How the points of an order came about, step by step; undefined of an entry that pays no order. The ledger keeps the steps that depend
 * on more than the rule and the amount; where there were none, the two give the same steps again.
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
