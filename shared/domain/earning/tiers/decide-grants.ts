import { localDateOf, startOfLocalDate } from '../../time/local-time.ts';
import { metricOn, sumHistories } from '../earning-history.ts';
import { type EarningState, notBeforeLast } from '../earning-state.ts';
import { type Earning, grantAt } from '../program.ts';
import type { TierGrant } from './tier-grant.ts';
import {
  atLevel,
  deservedLevel,
  isBelow,
  ladderInForce,
  levelOf,
  type TierLadder,
} from './tier-ladder.ts';
import { fallsOf, tierStateAt } from './tier-status.ts';

/** The state of an account after its last order, with the tiers that the account was granted. */
export type GrantedState = Readonly<{ state: EarningState; grants: readonly TierGrant[] }>;

/**
 * Returns the minimum tiers of all accounts of one customer from an instant on, if no order comes:
 * the highest tier that one of them has by its own orders or by a grant, or that all their orders
 * together reach. Downgrades follow the ladder, by what all of them count together. A grace period
 * that has begun does not start over.
 */
export const decideGrants = (
  earning: Earning,
  accounts: readonly GrantedState[],
  now: Date,
): readonly TierGrant[] => {
  const { program, timeZone } = earning;
  const ladder = ladderInForce(program.ladders, now);
  if (ladder === undefined) return [];
  const today = localDateOf(timeZone, now);
  const history = sumHistories(accounts.map((account) => account.state));
  const metric = metricOn(ladder, history, today);
  const held = accounts.flatMap((account) => levelsOf(account, { earning, ladder, now }));
  const level = Math.max(deservedLevel(ladder, metric), ...held.map((each) => each.level));
  const state = atLevel(ladder, level, now);
  const fallsOn = isBelow(ladder, state, metric) ? lastFall(held, level) : undefined;
  const falls = fallsOf({ ladder, history, timeZone }, { state: { ...state, fallsOn }, today });
  const steps = [
    { tier: state.tier, since: now },
    ...falls.map(({ tier, date }) => ({ tier, since: startOfLocalDate(timeZone, date) })),
  ];
  return steps.flatMap(({ tier, since }, index) =>
    tier === undefined ? [] : [{ tier, since, until: steps[index + 1]?.since }],
  );
};

/** A level that an account has, and the local date at whose start it falls, if that is near. */
type HeldLevel = Readonly<{ level: number; fallsOn: string | undefined }>;

type Ground = Readonly<{ earning: Earning; ladder: TierLadder; now: Date }>;

const levelsOf = (
  { state, grants }: GrantedState,
  { earning, ladder, now }: Ground,
): readonly HeldLevel[] => {
  const own = tierStateAt(earning, state, notBeforeLast(state, now));
  const grant = grantAt(grants, now);
  const until = grant?.until && localDateOf(earning.timeZone, grant.until);
  return [
    { level: levelOf(ladder, own.tier), fallsOn: own.fallsOn },
    { level: levelOf(ladder, grant?.tier), fallsOn: until },
  ];
};

const lastFall = (held: readonly HeldLevel[], level: number): string | undefined =>
  held
    .filter((each) => each.level === level)
    .flatMap(({ fallsOn }) => fallsOn ?? [])
    .sort()
    .at(-1);
