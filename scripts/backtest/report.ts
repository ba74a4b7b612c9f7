import type { Backtest, Replayed } from './backtest.ts';
import type { Overlap } from './read-actions.ts';

/** The figures of a backtest. */
export type Report = Readonly<{
  actions: number;
  /** Actions that met the campaign's clauses, or a step's. */
  met: number;
  qualified: number;
  given: number;
  winners: number;
  /** What was given by unit: points, minor units, coupons. */
  cost: Readonly<Record<string, number>>;
  /** How often a cap was reached, by scope, period and measure. */
  refusals: Readonly<Record<string, number>>;
  /** How often another campaign of its group was rewarded instead. */
  outranked: number;
}>;

/** Adds up a backtest. */
export const reportOf = ({ actions, met, replayed, outranked }: Backtest): Report => {
  const given = replayed.filter(({ refusedBy }) => refusedBy === undefined);
  const cost: Record<string, number> = {};
  for (const { qualification } of given) {
    const { currency = 'coupons', amount } = qualification.reward;
    cost[currency] = (cost[currency] ?? 0) + amount;
  }
  const refusals: Record<string, number> = {};
  for (const cap of replayed.map(capOf)) {
    if (cap !== '') refusals[cap] = (refusals[cap] ?? 0) + 1;
  }
  return {
    actions,
    met,
    qualified: replayed.length,
    given: given.length,
    winners: new Set(given.map(({ qualification }) => qualification.userId)).size,
    cost,
    refusals,
    outranked,
  };
};

/** Names the cap that was full; empty where none was. */
const capOf = ({ refusedBy }: Replayed): string =>
  refusedBy?.kind === 'cap'
    ? `${refusedBy.scope} ${refusedBy.period} ${refusedBy.measure}`
    : (refusedBy?.kind ?? '');

/** The summary as lines of text. */
export const reportText = (report: Report, overlaps: readonly Overlap[]): string => {
  const { actions, met, qualified, given, winners, cost, refusals, outranked } = report;
  return [
    `${actions} actions, ${met} met the clauses`,
    `${qualified} qualifications: ${given} rewards to ${winners} users, ${qualified - given} refused`,
    ...Object.entries(cost).map(([unit, amount]) => `cost: ${amount} ${unit}${unitHint(unit)}`),
    ...Object.entries(refusals).map(
      ([cap, times]) => `refused ${times} times because the cap ${cap} was reached`,
    ),
    ...(outranked === 0
      ? []
      : [`${outranked} times another campaign of its group was rewarded instead`]),
    ...overlaps.map(
      (other) =>
        `${other.winners} winners were rewarded by ${other.name} (${other.campaignId}) too, for ${other.actions} of the same actions`,
    ),
  ].join('\n');
};

const unitHint = (unit: string): string => (/^[A-Z]{3}$/.test(unit) ? ' in minor units' : '');

const columns = [
  'userId',
  'eventId',
  'qualifiedAt',
  'outcome',
  'amount',
  'unit',
  'refusedBy',
] as const;

/** A header and a line for each qualification, by RFC 4180. */
export const reportCsv = (replayed: readonly Replayed[]): string => {
  const lines = replayed.map((each) => {
    const { userId, eventId, qualifiedAt, reward } = each.qualification;
    const outcome = each.refusedBy === undefined ? 'given' : 'refused';
    const fields = [
      userId,
      eventId,
      qualifiedAt.toISOString(),
      outcome,
      reward.amount,
      reward.currency ?? 'coupon',
      capOf(each),
    ];
    return fields.map(csvField).join(',');
  });
  return `${[columns.join(','), ...lines].join('\r\n')}\r\n`;
};

const csvField = (value: string | number): string => {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};
