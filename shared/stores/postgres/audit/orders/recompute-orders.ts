import { toLocalDate } from '#shared/domain/earning/earning-history.ts';
import type { EarningState } from '#shared/domain/earning/earning-state.ts';
import type {
  AuditedBorder,
  AuditedOrder,
  AuditedProgram,
  AuditedRule,
} from './audited-program.ts';
import { add, type Fraction, multiply, nothing } from './fraction.ts';
import { type DaySums, tierWalk, type WalkStart } from './tier-walk.ts';

/** What an order is worth, and by which rule version. */
export type Worth = Readonly<{ points: bigint; version: number }>;

/**
 * Returns what each order of one customer in one program earns, computed from the terms alone: all
 * orders in event order, and every local day between them. Written apart from the engine, to be
 * compared with it; not to be fast. Orders without a rule are not in the answer.
 * Where orders are archived it begins at the state after them, and the orders given are those
 * placed later.
 */
export const recomputeOrders = (
  { rules, ladders }: AuditedProgram,
  orders: readonly AuditedOrder[],
  before?: AuditedBorder,
): ReadonlyMap<string, Worth> => {
  const inOrder = orders.toSorted(comesFirst);
  const sums: DaySums = new Map(before && earlierDays(before.state));
  const walk = tierWalk(ladders, sums, walkStart(before, inOrder[0]?.placedOn ?? ''));
  const worths = new Map<string, Worth>();
  let carried = before === undefined ? nothing : carriedIn(before.state);
  for (const order of inOrder) {
    const rule = ruleFor(rules, order);
    if (rule === undefined) continue;
    let points = 0n;
    if (order.leftMinor > 0) {
      const tierBp = walk.goTo(order.placedMs, order.placedOn, order.grantedTier);
      const value = exactValue(rule, order, tierBp);
      const rounded = round(rule, value, carried);
      carried = rounded.carried;
      points = cap(rule, rounded.points, { sums, day: order.placedOn });
      note(sums, order, points);
      walk.countOrder(order.placedOn);
    }
    worths.set(order.orderId, { points, version: rule.version });
  }
  return worths;
};

/** What was before `days` counts for a whole life only: it goes to a day before all others. */
const earlierDays = ({ lifetime, days }: EarningState): DaySums => {
  const dates = ['0000-00-00', ...days.on.map(toLocalDate)];
  const partOf = (index: number, before: readonly number[] | undefined, all: number): bigint => {
    const until = (place: number) => (place < days.on.length ? (before?.[place] ?? 0) : all);
    return BigInt(until(index)) - (index === 0 ? 0n : BigInt(until(index - 1)));
  };
  return new Map(
    dates.map((date, index) => {
      const spent = Object.entries(lifetime.spend).map(
        ([currency, all]) => [currency, partOf(index, days.spend[currency], all)] as const,
      );
      const earned = partOf(index, days.earned, lifetime.earned);
      return [date, { earned, spent: new Map(spent) }];
    }),
  );
};

const walkStart = (before: AuditedBorder | undefined, firstDay: string): WalkStart => {
  const last = before?.state.last;
  if (before === undefined || last === undefined) return { today: firstDay };
  const { ladder, tier, fallsOn } = before.state.tier;
  const afterMs = Date.parse(last.placedAt);
  return { today: before.placedOn, afterMs, version: ladder, tier, fallsOn };
};

const carriedIn = ({ carry: [over, under] }: EarningState): Fraction => ({
  over: BigInt(over),
  under: BigInt(under),
});

const comesFirst = (one: AuditedOrder, other: AuditedOrder): number => {
  if (one.placedMs !== other.placedMs) return one.placedMs - other.placedMs;
  return one.orderId < other.orderId ? -1 : 1;
};

const ruleFor = (rules: readonly AuditedRule[], order: AuditedOrder): AuditedRule | undefined => {
  const latest = rules
    .filter(({ currency, beginsMs }) => currency === order.currency && beginsMs <= order.placedMs)
    .sort((one, other) => other.beginsMs - one.beginsMs || other.version - one.version)[0];
  if (latest === undefined) return undefined;
  return latest.endsMs === null || order.placedMs < latest.endsMs ? latest : undefined;
};

/** Rate, bands, tier, promotions. */
const exactValue = (
  { terms }: AuditedRule,
  { leftMinor, placedMs, cohorts }: AuditedOrder,
  tierBp: number,
): Fraction => {
  const { points, perMinor } = terms.rate;
  const banded = bandedAmount(terms.bands, BigInt(leftMinor));
  const rated = multiply({ over: banded, under: 10_000n }, BigInt(points), BigInt(perMinor));
  let value = multiply(rated, BigInt(tierBp), 10_000n);
  for (const promotion of terms.promotions) {
    const isOn = Date.parse(promotion.from) <= placedMs && placedMs < Date.parse(promotion.until);
    const isForThem = promotion.cohort === undefined || cohorts.includes(promotion.cohort);
    if (isOn && isForThem) value = multiply(value, BigInt(promotion.multiplierBp), 10_000n);
  }
  return value;
};

/** The amount times its multipliers, in basis points of a minor unit. */
const bandedAmount = (bands: AuditedRule['terms']['bands'], amount: bigint): bigint => {
  if (bands === undefined) return amount * 10_000n;
  const edges = [{ fromMinor: 0, multiplierBp: 10_000 }, ...bands.bands];
  let sum = 0n;
  for (const [index, { fromMinor, multiplierBp }] of edges.entries()) {
    const from = BigInt(fromMinor);
    if (amount < from) break;
    const next = edges[index + 1]?.fromMinor;
    const to = next !== undefined && BigInt(next) < amount ? BigInt(next) : amount;
    if (bands.mode === 'whole') sum = amount * BigInt(multiplierBp);
    else sum += (to - from) * BigInt(multiplierBp);
  }
  return sum;
};

const round = (
  { terms: { rounding } }: AuditedRule,
  value: Fraction,
  carried: Fraction,
): Readonly<{ points: bigint; carried: Fraction }> => {
  if (rounding === 'floor') return { points: value.over / value.under, carried };
  if (rounding === 'half-up') {
    return { points: (2n * value.over + value.under) / (2n * value.under), carried };
  }
  const { over, under } = add(value, carried);
  return { points: over / under, carried: { over: over % under, under } };
};

const cap = (
  { terms: { caps } }: AuditedRule,
  points: bigint,
  { sums, day }: Readonly<{ sums: DaySums; day: string }>,
): bigint => {
  const room = [
    roomUnder(caps.order, 0n),
    roomUnder(caps.day, earnedIn(sums, day)),
    roomUnder(caps.month, earnedIn(sums, day.slice(0, 7))),
  ];
  return room.reduce<bigint>((left, most) => (most < left ? most : left), points);
};

/** More than anybody can earn: no cap. */
const boundless = 2n ** 64n;

const roomUnder = (cap: number | undefined, earned: bigint): bigint => {
  if (cap === undefined) return boundless;
  return BigInt(cap) > earned ? BigInt(cap) - earned : 0n;
};

/** What was earned in a period of the calendar, named by how its dates begin. */
const earnedIn = (sums: DaySums, period: string): bigint => {
  let earned = 0n;
  for (const [day, sum] of sums) if (day.startsWith(period)) earned += sum.earned;
  return earned;
};

const note = (sums: DaySums, order: AuditedOrder, points: bigint): void => {
  const { earned = 0n, spent = new Map<string, bigint>() } = sums.get(order.placedOn) ?? {};
  const spentNow = (spent.get(order.currency) ?? 0n) + BigInt(order.leftMinor);
  sums.set(order.placedOn, {
    earned: earned + points,
    spent: new Map([...spent, [order.currency, spentNow]]),
  });
};
