import { assert } from '#shared/domain/assert.ts';
import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import {
  conflictWith,
  type IncentiveConflict,
} from '#shared/domain/incentives/incentive-conflict.ts';
import { openChoices } from '#shared/domain/incentives/open-choices.ts';
import type { Balance } from '#shared/domain/points/balance.ts';
import { bookEntries } from './book-entries.ts';
import { claimCoupons } from './claim-coupons.ts';
import type { Transaction } from './connect.ts';
import { decideHeld, type Held, withChanges } from './decide-held.ts';
import { fillReversed } from './fill-reversed.ts';
import { noteSayings } from './incentive-log.ts';
import { insertIncentives, readIncentives } from './incentive-rows.ts';
import { type Usages, writeUsages } from './limit-usage.ts';
import { correlationsOf, type RequestChoices, type RewardRequest } from './read-claims.ts';
import { refuseFull } from './refuse-full.ts';
import { DecidedMeanwhile } from './until-undisputed.ts';

/** What stands under the id of a request: decided now or before, or an incentive of somebody else. */
export type IssueOutcome = Readonly<
  | { kind: 'decided' | 'replayed'; incentive: Incentive }
  | { kind: 'conflict'; field: IncentiveConflict }
>;

/** What a batch of requests came to, in order: of each the outcomes of the choices that were tried. */
export type Issued = Readonly<{
  outcomes: readonly (readonly IssueOutcome[])[];
  /** Usage as it was committed, for whatever of it was asked. */
  usages: Usages;
  /** The wallets that were credited, as they are now. */
  balances: readonly Balance[];
}>;

/** How requests are decided on. */
export type Issuing = Readonly<{
  now: Date;
  /** Ids of incentives that are thought to meet a full cap. They are refused without holding anything if it is so. */
  likelyFull: ReadonlySet<string>;
}>;

/** Decides requests within a transaction, each exactly once per incentive id. @throws DecidedMeanwhile */
export const issueIncentives = async (
  tx: Transaction,
  requests: readonly RequestChoices[],
  { now, likelyFull }: Issuing,
): Promise<Issued> => {
  const firsts = Map.groupBy(requests, firstIdOf);
  const standing = await readIncentives(tx, [...new Set(requests.flat().map(idOf))]);
  const open = requests
    .filter((choices) => firsts.get(firstIdOf(choices))?.[0] === choices)
    .map((choices) => openChoices(choices, standing))
    .filter(({ length }) => length > 0);
  const full = open.filter((choices) => choices.every((choice) => likelyFull.has(idOf(choice))));
  const refused = await refuseFull(tx, full, now);
  const done = new Set(refused.incentives.map(({ incentiveId }) => incentiveId));
  const held = await decideHeld(
    tx,
    open.filter((choices) => !done.has(firstIdOf(choices))),
    now,
  );
  const decided = [...refused.incentives, ...held.incentives];
  if ((await insertIncentives(tx, decided)) < decided.length) throw new DecidedMeanwhile();
  const recorded = new Map([...standing, ...held.recorded]);
  const filled = await fillReversed(tx, requests.flat(), recorded);
  const balances = await carryOut(tx, decided, { held, requests: requests.flat(), now });
  return {
    outcomes: outcomesOf(requests, [...recorded.values(), ...filled], decided),
    usages: withChanges(refused.usages, held.usages),
    balances,
  };
};

const idOf = ({ qualification }: RewardRequest): string => qualification.incentiveId;

const firstIdOf = ([first]: RequestChoices): string => (first === undefined ? '' : idOf(first));

/** Does what follows from decisions: they are to be said, codes are given, what is issued is counted and credited. */
const carryOut = async (
  tx: Transaction,
  decided: readonly Incentive[],
  { held, requests, now }: Readonly<{ held: Held; requests: readonly RewardRequest[]; now: Date }>,
): Promise<readonly Balance[]> => {
  const isIssued = ({ status }: Incentive) => status === 'ISSUED';
  const issued = decided.filter(isIssued);
  const refused = decided.filter((incentive) => !isIssued(incentive));
  const correlationOf = correlationsOf(requests);
  await noteSayings(tx, { event: 'generated', incentives: issued }, correlationOf);
  await noteSayings(tx, { event: 'refused', incentives: refused }, correlationOf);
  if (issued.length === 0) return [];
  await claimCoupons(tx, issued, now);
  await writeUsages(tx, held.changed);
  const booked = await bookEntries(tx, held.entries);
  assert(booked.size === held.entries.length, 'a reward of a new incentive is new');
  return [...booked.values()];
};

const outcomesOf = (
  requests: readonly RequestChoices[],
  recorded: readonly Incentive[],
  decided: readonly Incentive[],
): Issued['outcomes'] => {
  const incentives = new Map(
    [...recorded, ...decided].map((incentive) => [incentive.incentiveId, incentive]),
  );
  const untold = new Set(decided.map(({ incentiveId }) => incentiveId));
  return requests.map((choices) => {
    const outcomes = choices.flatMap(({ qualification }): readonly IssueOutcome[] => {
      const incentive = incentives.get(qualification.incentiveId);
      if (incentive === undefined) return [];
      const field = conflictWith(incentive, qualification);
      if (field !== undefined) return [{ kind: 'conflict', field }];
      return [{ kind: untold.delete(incentive.incentiveId) ? 'decided' : 'replayed', incentive }];
    });
    assert(outcomes.length > 0, `incentive ${firstIdOf(choices)} was decided on`);
    return outcomes;
  });
};
