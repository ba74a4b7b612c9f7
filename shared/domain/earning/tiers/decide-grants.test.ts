import { describe, expect, it } from 'vitest';
import {
  earningOrder,
  earningProgram,
  earningRule,
  tierLadder,
} from '#shared/testing/worlds/earning.ts';
import { replay } from '../earning-state.ts';
import { decideGrants } from './decide-grants.ts';
import { regrant, type TierGrant } from './tier-grant.ts';
import type { TierLadder } from './tier-ladder.ts';
import { tierStatus } from './tier-status.ts';

const earningWith = (terms: Partial<TierLadder> = {}) => ({
  program: earningProgram([earningRule()], [tierLadder(terms)]),
  timeZone: 'UTC',
});
const rolling = {
  window: { kind: 'rolling', days: 30 },
  graceDays: 5,
  // As much as without a tier, so that points are easy to add up.
  tiers: [
    { name: 'Silver', threshold: 100, multiplierBp: 10_000 },
    { name: 'Gold', threshold: 300, multiplierBp: 10_000 },
  ],
} as const satisfies Partial<TierLadder>;

/** The account after orders of so many points on days of 2026. */
const account = (
  earning: ReturnType<typeof earningWith>,
  points: Readonly<Record<string, number>>,
  grants: readonly TierGrant[] = [],
) => {
  const orders = Object.entries(points).map(([day, earned]) =>
    earningOrder({
      ...{ orderId: day, placedAt: new Date(`2026-${day}T12:00:00Z`) },
      amountMinor: earned * 10_000,
    }),
  );
  return { state: replay(earning, orders).state, grants };
};
const at = (day: string) => new Date(`2026-${day}T00:00:00Z`);
const now = at('06-10');
const grant = (tier: string, since: string, until?: string): TierGrant => ({
  ...{ tier, since: at(since) },
  until: until === undefined ? undefined : at(until),
});

describe('decideGrants', () => {
  it('grants the highest tier that one of the accounts has by its own orders', () => {
    const earning = earningWith();
    const accounts = [account(earning, { '06-01': 300 }), account(earning, {})];
    expect(decideGrants(earning, accounts, now)).toEqual([grant('Gold', '06-10')]);
    expect(decideGrants(earning, accounts.toReversed(), now)).toEqual([grant('Gold', '06-10')]);
  });

  it('grants what the orders of all accounts deserve together, until they no longer do', () => {
    const earning = earningWith(rolling);
    const accounts = [
      account(earning, { '05-20': 100, '06-01': 100 }),
      account(earning, { '06-05': 100 }),
    ];
    // 300 points until 19 June, less than 100 from 5 July on, each with five days of grace.
    expect(decideGrants(earning, accounts, now)).toEqual([
      grant('Gold', '06-10', '06-24'),
      grant('Silver', '06-24', '07-10'),
    ]);
  });

  it('grants nothing where no account has a tier, and before the first ladder', () => {
    const earning = earningWith();
    expect(decideGrants(earning, [account(earning, { '06-01': 99 })], now)).toEqual([]);
    const later = earningWith({ validFrom: at('07-01') });
    expect(decideGrants(later, [account(earning, { '06-01': 300 })], now)).toEqual([]);
  });

  it('neither starts a grace period over nor cuts it short when it is decided again', () => {
    const earning = earningWith(rolling);
    const granted = [grant('Gold', '06-10', '06-24'), grant('Silver', '06-24', '07-10')];
    const accounts = [
      account(earning, { '05-20': 100, '06-01': 100 }, granted),
      account(earning, { '06-05': 100 }, granted),
    ];
    expect(decideGrants(earning, accounts, at('06-21'))).toEqual([
      grant('Gold', '06-21', '06-24'),
      grant('Silver', '06-24', '07-10'),
    ]);
    expect(decideGrants(earning, accounts, at('06-24'))).toEqual([
      grant('Silver', '06-24', '07-10'),
    ]);
  });

  it('keeps the grace period of an account that is about to fall by its own orders', () => {
    const earning = earningWith(rolling);
    const accounts = [account(earning, { '05-01': 300 }), account(earning, {})];
    const own = tierStatus(earning, accounts[0]!.state, at('06-02'));
    expect(own).toMatchObject({ tier: 'Gold', fallsAt: at('06-05') });
    expect(decideGrants(earning, accounts, at('06-02'))).toEqual([grant('Gold', '06-02', '06-05')]);
  });
});

describe('regrant', () => {
  it('leaves what was granted before, and continues a grant of the same tier', () => {
    const known = [grant('Gold', '06-01', '06-20'), grant('Silver', '06-20', '06-30')];
    const following = [grant('Gold', '06-10', '06-25'), grant('Silver', '06-25')];
    expect(regrant(known, following, at('06-10'))).toEqual([
      grant('Gold', '06-01', '06-25'),
      grant('Silver', '06-25'),
    ]);
  });

  it('ends what nothing follows, and begins no earlier than the instant', () => {
    const known = [grant('Gold', '06-01')];
    expect(regrant(known, [], at('06-10'))).toEqual([grant('Gold', '06-01', '06-10')]);
    expect(regrant([], [grant('Gold', '06-05', '06-20')], at('06-10'))).toEqual([
      grant('Gold', '06-10', '06-20'),
    ]);
    const silver = [grant('Silver', '06-10')];
    expect(regrant(known, silver, at('06-10'))).toEqual([
      grant('Gold', '06-01', '06-10'),
      grant('Silver', '06-10'),
    ]);
  });
});

describe('a granted account', () => {
  const earning = earningWith(rolling);
  const { state: own } = account(earning, { '06-05': 100 });
  const grants = [grant('Gold', '06-10', '06-24'), grant('Silver', '06-24', '07-20')];
  const standing = (day: string) => tierStatus(earning, { ...own, grants }, at(day));

  it('has the higher of its own tier and the granted one, and falls when both do', () => {
    expect(standing('06-09')).toMatchObject({
      tier: 'Silver',
      since: new Date('2026-06-05T12:00Z'),
    });
    expect(standing('06-10')).toMatchObject({
      ...{ tier: 'Gold', level: 2, since: at('06-10') },
      ...{ fallsAt: at('06-24'), fallsTo: 'Silver' },
    });
    expect(standing('07-15')).toMatchObject({ tier: 'Silver', fallsAt: at('07-20') });
    expect(standing('07-20')).toMatchObject({ tier: undefined, level: 0 });
  });

  it('rates an order by the tier that was granted when it was placed', () => {
    const order = (day: string, grantedTier?: string) => ({
      ...earningOrder({ orderId: day, placedAt: new Date(`2026-${day}T12:00:00Z`) }),
      grantedTier,
    });
    const { ratings } = replay(earningWith(), [
      order('06-01'),
      order('06-02', 'Gold'),
      order('06-03', 'Platinum'),
    ]);
    expect(ratings.map(({ points }) => points)).toEqual([1, 3, 1]);
  });
});
