import fc from 'fast-check';
import type { EarningOrder } from '#shared/domain/earning/earning-order.ts';
import { grantAt, type Program } from '#shared/domain/earning/program.ts';
import type {
  AmountBands,
  EarningCaps,
  EarningRule,
} from '#shared/domain/earning/rating/earning-rule.ts';
import type { TierGrant } from '#shared/domain/earning/tiers/tier-grant.ts';
import type { TierLadder } from '#shared/domain/earning/tiers/tier-ladder.ts';
import { earningProgram, earningRule, tierLadder } from './earning.ts';

type Membership = Readonly<{ cohort: string; since: Date; until: Date | undefined }>;

type WorldOrder = Readonly<{
  orderId: string;
  placedAt: Date;
  amountMinor: number;
  refundedMinor: number;
  currency: string;
}>;

/**
 * A program in a time zone, with the orders of one customer, the cohorts that the customer was in,
 * and a tier that the customer was granted.
 */
export type EarningWorld = Readonly<{
  timeZone: string;
  program: Program;
  memberships: readonly Membership[];
  grants: readonly TierGrant[];
  orders: readonly WorldOrder[];
}>;

const hourMs = 3_600_000;

/**
 * Time zones, and a day from which 75 days include something unusual: midnights that do not exist
 * or occur twice, or a date that was skipped.
 */
const places = [
  { timeZone: 'Asia/Kolkata', startsOn: '2026-11-20' },
  { timeZone: 'America/New_York', startsOn: '2026-10-20' },
  { timeZone: 'America/Havana', startsOn: '2026-10-20' },
  { timeZone: 'America/Sao_Paulo', startsOn: '2018-10-01' },
  { timeZone: 'Pacific/Apia', startsOn: '2011-12-01' },
  { timeZone: 'Australia/Lord_Howe', startsOn: '2026-03-01' },
];

/** Any number of half hours in 75 days, often multiples of six hours so that instants coincide. */
const anyMoment = fc
  .record({ halfHours: fc.nat(75 * 48), isRound: fc.boolean() })
  .map(({ halfHours, isRound }) => (isRound ? halfHours - (halfHours % 12) : halfHours) / 2);

const anyBp = fc.integer({ min: 1, max: 35_000 });

const anyBands: fc.Arbitrary<AmountBands> = fc
  .record({
    mode: fc.constantFrom('marginal', 'whole'),
    edges: fc.uniqueArray(
      fc.record({ fromMinor: fc.integer({ min: 1, max: 3_000_000 }), multiplierBp: anyBp }),
      {
        selector: ({ fromMinor }) => fromMinor,
        minLength: 1,
        maxLength: 4,
      },
    ),
  })
  .map(({ mode, edges }) => ({ mode, bands: edges.toSorted((a, b) => a.fromMinor - b.fromMinor) }));

/** A value in one of four cases, else undefined. */
const seldom = <Value>(any: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.nat(3).chain((chance) => (chance === 0 ? any : fc.constant(undefined)));

const anyOrderCap = seldom(fc.integer({ min: 1, max: 3_000 }));
const anySpanCaps: fc.Arbitrary<EarningCaps> = fc.record({
  order: anyOrderCap,
  day: seldom(fc.integer({ min: 1, max: 3_000 })),
  month: seldom(fc.integer({ min: 1, max: 8_000 })),
});

const anyPromotions = fc.array(
  fc.record({
    from: anyMoment,
    lastsHours: fc.integer({ min: 1, max: 800 }),
    multiplierBp: anyBp,
    cohort: fc.constantFrom(undefined, 'vip', 'staff'),
  }),
  { maxLength: 4 },
);

const anyRule = (isAlone: boolean) =>
  fc.record({
    currency: fc.constantFrom('USD', 'USD', 'EUR'),
    rate: fc.record({
      points: fc.integer({ min: 1, max: 9 }),
      perMinor: fc.integer({ min: 3_000, max: 30_000 }),
    }),
    rounding: isAlone
      ? fc.constantFrom('floor' as const, 'half-up' as const)
      : fc.constantFrom('floor' as const, 'half-up' as const, 'carry' as const),
    bands: fc.option(anyBands, { nil: undefined }),
    promotions: anyPromotions,
    caps: isAlone ? anyOrderCap.map((order) => ({ order })) : anySpanCaps,
    begins: anyMoment,
    lastsHours: seldom(fc.integer({ min: 1, max: 1_500 })),
  });

const tierNames = ['Bronze', 'Silver', 'Gold', 'Platinum'];

const anyLadder = fc
  .record({
    metric: fc.constantFrom('earned' as const, 'spend' as const),
    currency: fc.constantFrom('USD', 'EUR'),
    window: fc.oneof(
      fc.constant({ kind: 'lifetime' } as const),
      fc.constant({ kind: 'calendar-year' } as const),
      fc.integer({ min: 1, max: 30 }).map((days) => ({ kind: 'rolling', days }) as const),
    ),
    names: fc.subarray(tierNames, { minLength: 1 }),
    step: fc.integer({ min: 1, max: 2_000 }),
    bps: fc.tuple(anyBp, anyBp, anyBp, anyBp),
    graceDays: fc.nat(4),
    downgrade: fc.constantFrom('never' as const, 'one-level' as const, 'to-metric' as const),
    begins: anyMoment,
  })
  .map(({ names, step, bps, ...ladder }) => ({
    ...ladder,
    tiers: names.map((name, index) => ({
      name,
      // Spending is counted in minor units, of which one spends many for a point.
      threshold: (index + 1) * step * (ladder.metric === 'spend' ? 2_000 : 1),
      multiplierBp: bps[index] ?? 10_000,
    })),
  }));

/** Ids whose order differs by code units, by bytes and by dictionary. */
const orderIds = [
  'o-a',
  'o-B',
  'o-é',
  'o-Z',
  'o-😀',
  'o-ｚ',
  'o-10',
  'o-9',
  'o a',
  'o-_',
  'o.a',
  'O-a',
];

const anyOrders = fc.array(
  fc.record({
    at: anyMoment,
    amountMinor: fc.integer({ min: 1, max: 4_000_000 }),
    refundedPerMille: fc.oneof(fc.constant(0), fc.constant(0), fc.constant(1_000), fc.nat(1_000)),
    currency: fc.constantFrom('USD', 'USD', 'USD', 'EUR'),
  }),
  { minLength: 3, maxLength: orderIds.length },
);

const anyMemberships = fc.array(
  fc.record({
    at: anyMoment,
    lastsHours: fc.option(fc.integer({ min: 1, max: 900 }), { nil: undefined }),
  }),
  { maxLength: 2 },
);

/**
 * Random programs with the orders of a customer: every rounding, bands, promotions for all and for
 * cohorts, caps, versions that begin and end, ladders, refunds; `isAlone`: only what lets each
 * order be rated by itself.
 */
export const anyWorld = (isAlone: boolean): fc.Arbitrary<EarningWorld> =>
  fc
    .record({
      place: fc.constantFrom(...places),
      rules: fc.uniqueArray(anyRule(isAlone), {
        selector: byBeginning,
        minLength: 1,
        maxLength: 4,
      }),
      ladders: isAlone
        ? fc.constant<AnyLadder[]>([])
        : fc.uniqueArray(anyLadder, { selector: ({ begins }) => begins, maxLength: 3 }),
      memberships: fc.tuple(anyMemberships, anyMemberships),
      grants: anyMemberships,
      grantedTier: fc.constantFrom(...tierNames),
      orders: anyOrders,
    })
    .map(({ place: { timeZone, startsOn }, rules, ladders, memberships, ...world }) => {
      const { grants, grantedTier, orders } = world;
      const at = (hours: number) => new Date(Date.parse(startsOn) + hours * hourMs);
      return {
        timeZone,
        program: earningProgram(
          rules.map((rule, index) => toRule(rule, { at, version: index + 1 })),
          ladders.map(
            ({ begins, ...ladder }, index): TierLadder =>
              tierLadder({ ...ladder, version: index + 1, validFrom: at(begins) }),
          ),
        ),
        memberships: memberships.flatMap((periods, index) =>
          periods.slice(0, 1).map(({ at: since, lastsHours }) => ({
            cohort: index === 0 ? 'vip' : 'staff',
            since: at(since),
            until: lastsHours === undefined ? undefined : at(since + lastsHours),
          })),
        ),
        grants: grants.slice(0, 1).map(({ at: since, lastsHours }) => ({
          tier: grantedTier,
          since: at(since),
          until: lastsHours === undefined ? undefined : at(since + lastsHours),
        })),
        orders: orders.map(({ at: placed, refundedPerMille, ...order }, index) => ({
          ...order,
          orderId: orderIds[index] ?? '',
          placedAt: at(placed),
          refundedMinor: Math.floor((order.amountMinor * refundedPerMille) / 1_000),
        })),
      };
    });

type AnyLadder = typeof anyLadder extends fc.Arbitrary<infer Ladder> ? Ladder : never;
type AnyRule = ReturnType<typeof anyRule> extends fc.Arbitrary<infer Rule> ? Rule : never;

const byBeginning = ({ currency, begins }: AnyRule): string => `${currency} ${begins}`;

const toRule = (
  { begins, lastsHours, promotions, ...terms }: AnyRule,
  { at, version }: Readonly<{ at: (hours: number) => Date; version: number }>,
): EarningRule =>
  earningRule({
    ...terms,
    version,
    // The first one begins before all orders, so that most of them have a rule.
    validFrom: at(version === 1 ? -1 : begins),
    validUntil: lastsHours === undefined ? undefined : at(begins + lastsHours),
    promotions: promotions.map(({ from, lastsHours: hours, ...promotion }, index) => ({
      ...promotion,
      id: `p${index}`,
      from: at(from),
      until: at(from + hours),
    })),
  });

/** The orders of a world, as the earning domain gets them. */
export const earningOrders = ({
  memberships,
  grants,
  orders,
}: EarningWorld): readonly EarningOrder[] =>
  orders.map(({ orderId, placedAt, amountMinor, refundedMinor, currency }) => ({
    orderId,
    placedAt,
    amountMinor: amountMinor - refundedMinor,
    currency,
    cohorts: memberships
      .filter(({ since, until }) => since <= placedAt && (until === undefined || placedAt < until))
      .map(({ cohort }) => cohort),
    grantedTier: grantAt(grants, placedAt)?.tier,
  }));
