import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  earningOrder,
  earningProgram,
  earningRule,
  tierLadder,
} from '#shared/testing/worlds/earning.ts';
import type { Lot } from '../ledger/lot.ts';
import {
  burn,
  closeLot,
  emptyEverlastingLot,
  everlastingLotId,
  type LotMove,
  recoverPoints,
  spendable,
} from '../ledger/lots.ts';
import {
  decideCommit,
  decideReservation,
  type LotShare,
  type Redemption,
} from '../wallets/redemption.ts';
import type { EarningOrder } from './earning-order.ts';
import { replay } from './earning-state.ts';
import {
  availableAt,
  type EarningRule,
  type Expiry,
  expiryOf,
  type Pending,
  type Promotion,
  type RefundPolicy,
} from './rating/earning-rule.ts';
import type { TierLadder } from './tiers/tier-ladder.ts';
import { tierStatus } from './tiers/tier-status.ts';

type Written<Type, Dates extends keyof Type> = Omit<Type, Dates> & Record<Dates, string>;

/** An example as the document writes it. */
type Example = Readonly<{
  timeZone?: string;
  rule?: Partial<Omit<EarningRule, 'promotions'>> & {
    promotions?: readonly Written<Promotion, 'from' | 'until'>[];
  };
  ladder?: Partial<TierLadder>;
  orders: readonly (Partial<Omit<EarningOrder, 'placedAt'>> & {
    placedAt?: string;
    points: number;
    trace?: readonly string[];
  })[];
  statuses?: readonly {
    at: string;
    tier: string | null;
    metric: number;
    fallsAt?: string;
    fallsTo?: string | null;
  }[];
}>;

const text = readFileSync(join(import.meta.dirname, '../../../docs/semantics.md'), 'utf8');

type Named<Kind> = Readonly<{ heading: string; name: string; example: Kind }>;

/** Every example of a kind, named after its heading and its place there. */
const examplesOf = (kind: string): readonly Named<unknown>[] =>
  text.split(/^## /m).flatMap((section) => {
    const heading = section.split('\n', 1)[0] ?? '';
    const blocks = [...section.matchAll(new RegExp(`^\`\`\`json ${kind}\n(.*?)^\`\`\`$`, 'gms'))];
    return blocks.map(([, json = ''], index) => ({
      heading,
      name: `${heading} ${index + 1}`,
      example: JSON.parse(json) as unknown,
    }));
  });

const examples = examplesOf('example') as readonly Named<Example>[];

const ordersOf = ({ orders }: Example): readonly EarningOrder[] =>
  orders.map(({ orderId, placedAt, amountMinor, cohorts }, index) =>
    earningOrder({
      orderId: orderId ?? `o-${index + 1}`,
      ...(placedAt && { placedAt: new Date(placedAt) }),
      ...(amountMinor !== undefined && { amountMinor }),
      ...(cohorts && { cohorts }),
    }),
  );

const earningOf = ({ timeZone = 'UTC', rule = {}, ladder }: Example) => {
  const promotions = (rule.promotions ?? []).map(({ from, until, ...promotion }) => ({
    ...promotion,
    from: new Date(from),
    until: new Date(until),
  }));
  const ladders = ladder ? [tierLadder(ladder)] : [];
  return { program: earningProgram([earningRule({ ...rule, promotions })], ladders), timeZone };
};

/**
 * A question about the lots of an example, with its answer. Lots that give are named with the
 * points they give.
 */
type LotCase = Readonly<
  | { spend: number; takes: string }
  | {
      recover: number;
      paidInto: string;
      policy: RefundPolicy;
      takes: string;
      expired: number;
      writtenOff: number;
    }
  | { close: string; settled: number; expired: number }
  | { reserve: number; setsAside: string; commit?: number; takes?: string }
>;

type LotExample = Readonly<{
  now: string;
  lots: Readonly<
    Record<
      string,
      Pick<Lot, 'points'> & {
        reserved?: number;
        expired?: number;
        expiresAt?: string;
        pending?: true;
      }
    >
  >;
  canSpend?: number;
  cases: readonly LotCase[];
}>;

const lotExamples = examplesOf('lots') as readonly Named<LotExample>[];

const lotIdOf = (name: string) => (name === 'everlasting' ? everlastingLotId : name);
const nameOf = (lotId: string) => (lotId === everlastingLotId ? 'everlasting' : lotId);

const lotsOf = ({ lots }: LotExample): readonly Lot[] =>
  Object.entries(lots).map(([name, { pending, expiresAt, ...sums }]) => ({
    ...emptyEverlastingLot,
    ...sums,
    lotId: lotIdOf(name),
    account: pending ? 'pending' : 'available',
    ...(expiresAt && { expiresAt: new Date(expiresAt) }),
  }));

const sharesText = (shares: readonly LotShare[]): string =>
  shares.map(({ lotId, points }) => `${nameOf(lotId)} ${points}`).join(', ') || 'nothing';

const movesText = (moves: readonly LotMove[]): string =>
  sharesText(moves.map(({ lot: { lotId }, points }) => ({ lotId, points: -points })));

type Wallet = Readonly<{ lots: readonly Lot[]; now: Date }>;

/** The question of a case with the answer of the code. */
const answered = (wallet: Wallet, asked: LotCase): LotCase => {
  const { lots, now } = wallet;
  if ('spend' in asked) {
    const moves = burn(lots, { points: asked.spend, now });
    return { spend: asked.spend, takes: moves === undefined ? 'refused' : movesText(moves) };
  }
  if ('recover' in asked) {
    const { recover: points, paidInto, policy } = asked;
    const overpayment = { lotId: lotIdOf(paidInto), points, policy, now };
    const { moves, ...rest } = recoverPoints(lots, overpayment);
    return { recover: points, paidInto, policy, takes: movesText(moves), ...rest };
  }
  if ('close' in asked) {
    const lot = lots.find(({ lotId }) => lotId === lotIdOf(asked.close));
    return { close: asked.close, ...closeLot(lots, lot!) };
  }
  return redeemed(wallet, asked);
};

type RedeemCase = Extract<LotCase, { reserve: number }>;

const redeemed = ({ lots, now }: Wallet, { reserve: points, commit }: RedeemCase): RedeemCase => {
  const reservation = decideReservation(lots, { points, now });
  if (reservation.kind === 'refused') return { reserve: points, setsAside: 'refused' };
  const { shares } = reservation;
  const reserved = { reserve: points, setsAside: sharesText(shares) };
  if (commit === undefined) return reserved;
  const redemption: Redemption = {
    tenantId: 't',
    customerId: 'c-1',
    program: 'points',
    redemptionId: 'r-1',
    points,
    committed: 0,
    status: 'RESERVED',
    lots: shares,
    createdBy: 'shop',
    createdAt: now,
    timesOutAt: new Date(now.getTime() + 900_000),
  };
  const decision = decideCommit(redemption, { points: commit, now });
  const takes = decision.kind === 'commit' ? sharesText(decision.taken) : decision.kind;
  return { ...reserved, commit, takes };
};

type DateExample = Readonly<{
  timeZone: string;
  placedAt: string;
  cases: readonly (
    | { expiry: Expiry; expiresAt: string | null }
    | { pending: Pending; availableAt: string | null }
  )[];
}>;

const dateExamples = examplesOf('dates') as readonly Named<DateExample>[];

describe('docs/semantics.md', () => {
  it('has an example under each heading that promises points, and executes every one', () => {
    const headings = (all: readonly { heading: string }[]) => [
      ...new Set(all.map(({ heading }) => heading)),
    ];
    expect(headings(examples)).toEqual([
      'Order of application',
      'Rounding',
      'Bands',
      'Promotions',
      'Caps',
      'Tiers',
      'Refunds',
    ]);
    expect(headings(lotExamples)).toEqual([
      'Refund after spending',
      'Lots',
      'Wallets and redemption',
    ]);
    const fields = new Set(examples.flatMap(({ example }) => Object.keys(example)));
    expect(fields).toEqual(new Set(['rule', 'ladder', 'orders', 'timeZone', 'statuses']));
    const executed = [...examples, ...lotExamples, ...dateExamples];
    expect(text.match(/^```json/gm)).toHaveLength(executed.length);
  });

  it.each(examples)('is correct: $name', ({ example }) => {
    const earning = earningOf(example);
    const orders = ordersOf(example);
    const { ratings } = replay(earning, orders);

    const expected = example.orders.map(({ points }, index) => [orders[index]?.orderId, points]);
    expect(ratings.map(({ orderId, points }) => [orderId, points])).toEqual(expected);
    example.orders.forEach(({ trace }, index) => {
      if (trace === undefined) return;
      const steps = ratings[index]?.trace.map(({ step, exact }) => `${step} ${exact}`);
      expect(steps).toEqual(trace);
    });

    for (const { at, tier, metric, fallsAt, fallsTo } of example.statuses ?? []) {
      const soFar = orders.filter(({ placedAt }) => placedAt <= new Date(at));
      const status = tierStatus(earning, replay(earning, soFar).state, new Date(at));
      expect([status.tier ?? null, status.metric]).toEqual([tier, metric]);
      if (fallsAt === undefined) continue;
      const foretold = [status.fallsAt, status.fallsTo ?? null];
      expect(foretold).toEqual([new Date(fallsAt), fallsTo]);
    }
  });

  it.each(lotExamples)('is correct about lots: $name', ({ example }) => {
    const wallet = { lots: lotsOf(example), now: new Date(example.now) };
    if (example.canSpend !== undefined)
      expect(spendable(wallet.lots, wallet.now)).toBe(example.canSpend);
    expect(example.cases.map((asked) => answered(wallet, asked))).toEqual(example.cases);
  });

  it.each(dateExamples)('is correct about dates: $name', ({ example }) => {
    const { timeZone, cases } = example;
    const placedAt = new Date(example.placedAt);
    const found = cases.map((asked) =>
      'expiry' in asked
        ? { ...asked, expiresAt: expiryOf(asked.expiry, timeZone, placedAt)?.toISOString() ?? null }
        : { ...asked, availableAt: availableAt(asked.pending, placedAt)?.toISOString() ?? null },
    );
    expect(found).toEqual(cases);
  });
});
