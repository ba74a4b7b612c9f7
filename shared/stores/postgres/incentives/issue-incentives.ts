import { assert } from '#shared/domain/assert.ts';
import type { Correlation } from '#shared/domain/correlation.ts';
import {
  type DecidedByTenant,
  decideByTenant,
  openChoices,
  type RewardChoices,
  type RewardRequest,
  withRequest,
} from '#shared/domain/incentives/decide-incentives.ts';
import {
  type ArchivedIncentive,
  conflictWith,
  type Incentive,
  type IncentiveConflict,
  isArchived,
  type RecordedIncentive,
} from '#shared/domain/incentives/incentive.ts';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { usageChanges } from '#shared/domain/limits/limit-request-of.ts';
import type { Sql, Transaction } from '../driver/connect.ts';
import { DecidedMeanwhile, untilUndisputed } from '../driver/transaction.ts';
import { recordEntries } from '../ledger/record-entries.ts';
import { addUsage, type Usages } from '../limits/limit-usage.ts';
import { claimCoupons } from './claim-coupons.ts';
import { recordIncentiveEvents } from './incentive-log.ts';
import { insertIncentives, readIncentives, updateRequested } from './incentive-rows.ts';
import { correlationsOf, type LockedStock, lockStock, type TermsByKey } from './reward-requests.ts';

/**
 * What exists under the id of a request: decided now or before, archived, or an incentive of
 * somebody else.
 */
export type IssueOutcome = Readonly<
  | { kind: 'decided' | 'replayed'; incentive: Incentive }
  | { kind: 'archived'; archived: ArchivedIncentive }
  | { kind: 'conflict'; field: IncentiveConflict }
>;

/**
 * The outcome of a batch of requests, in order: for each the outcomes of the choices that were
 * tried.
 */
export type Issued = Readonly<{
  outcomes: readonly (readonly IssueOutcome[])[];
  /** The usage of capped subjects as it was committed. */
  usages: Usages;
  /** The wallets that were credited, as they are now. */
  balances: readonly Balance[];
}>;

/** How requests are decided on. */
export type Issuing = Readonly<{
  now: Date;
  /** Ids of incentives that likely exceed a cap. They are refused without locks if they do. */
  likelyFull: ReadonlySet<string>;
  /** The terms on which the requests were made, as they were read a while ago. */
  terms: TermsByKey;
}>;

/**
 * Decides requests in their order, each exactly once per incentive id even if it is repeated or
 * concurrent, and never beyond any current cap. Of choices the first that can be issued is, and
 * those before it are refused. An issued incentive is counted, credited and recorded for
 * publication by the same commit. Requests that were hinted as full and are not come last, in a
 * transaction of their own.
 * @throws TermsChanged when the terms given are no longer in force, Unavailable when Postgres is
 * not there; repeating is safe.
 */
export type IssueIncentives = (requests: readonly RewardChoices[], how: Issuing) => Promise<Issued>;

/** Issues incentives in transactions of its own. */
export const incentiveIssuer = (sql: Sql): IssueIncentives => {
  const issue: IssueIncentives = async (requests, how) => {
    if (requests.length === 0) return { outcomes: [], usages: new Map(), balances: [] };
    const first = await untilUndisputed(sql, (tx) => issueIncentives(tx, requests, how));
    const open = requests.filter((_request, index) => first.outcomes[index]?.length === 0);
    if (open.length === 0) return first;
    assert(how.likelyFull.size > 0, 'without hints every request is decided');
    const rest = await issue(open, { ...how, likelyFull: new Set() });
    const outcomes = rest.outcomes.values();
    return {
      outcomes: first.outcomes.map((own) => (own.length > 0 ? own : (outcomes.next().value ?? []))),
      usages: new Map([...first.usages, ...rest.usages]),
      balances: [...first.balances, ...rest.balances],
    };
  };
  return issue;
};

/**
 * Decides requests within a transaction, each exactly once per incentive id, in two rounds of
 * statements: one locks and reads, the other writes. A request that was thought full and has room
 * is not decided, and has no outcomes.
 * @throws DecidedMeanwhile, and TermsChanged when the terms given are not those in force
 */
export const issueIncentives = async (
  tx: Transaction,
  requests: readonly RewardChoices[],
  { now, likelyFull, terms }: Issuing,
): Promise<Issued> => {
  const isFull = (choices: RewardChoices) =>
    choices.every((request) => likelyFull.has(idOf(request)));
  const stock = await lockStock(tx, requests, { isFull, terms, now });
  const open = [...Map.groupBy(requests, firstIdOf).values()]
    .map(([first = []]) => openChoices(first, stock.recorded))
    .filter(({ length }) => length > 0);
  const made = decideByTenant(open, stock, { isFull, now });
  const filled = await fillReversed(tx, requests.flat(), stock.recorded);
  const correlationOf = correlationsOf(requests.flat());
  const balances = await carryOut(tx, made, { correlationOf, locked: stock.locked, now });
  const byId = (one: Incentive) => [one.incentiveId, one] as const;
  const incentives = new Map<string, RecordedIncentive>([
    ...stock.recorded,
    ...[...filled, ...made.incentives].map(byId),
  ]);
  return { outcomes: outcomesOf(requests, incentives, made), usages: made.usages, balances };
};

const idOf = ({ qualification }: RewardRequest): string => qualification.incentiveId;

const firstIdOf = ([first]: RewardChoices): string => (first === undefined ? '' : idOf(first));

type CarryingOut = Readonly<{
  correlationOf: (incentiveId: string) => Correlation | undefined;
  locked: LockedStock['locked'];
  now: Date;
}>;

/**
 * Writes decisions and what follows from them. Usage comes last: other batches of the same users
 * wait for its rows.
 */
const carryOut = async (
  tx: Transaction,
  {
    incentives,
    entries,
  }: Readonly<{
    incentives: readonly Incentive[];
    entries: readonly LedgerEntry[];
  }>,
  { correlationOf, locked, now }: CarryingOut,
): Promise<readonly Balance[]> => {
  const issued = incentives.filter(({ status }) => status === 'ISSUED');
  const coupons = issued.filter(({ couponCode }) => couponCode !== undefined);
  const events = incentives.map((incentive) => ({
    ...incentive,
    event: incentive.status === 'ISSUED' ? ('generated' as const) : ('refused' as const),
  }));
  const [inserted, , , recorded] = await Promise.all([
    insertIncentives(tx, incentives),
    recordIncentiveEvents(tx, events, correlationOf),
    coupons.length === 0 ? undefined : claimCoupons(tx, coupons, now),
    entries.length === 0 ? noneRecorded : recordEntries(tx, entries),
    addUsage(tx, usageChanges(issued), locked),
  ]);
  if (inserted < incentives.length) throw new DecidedMeanwhile();
  assert(recorded.size === entries.length, 'a reward of a new incentive is new');
  return [...recorded.values()];
};

const noneRecorded: Awaited<ReturnType<typeof recordEntries>> = new Map();

const outcomesOf = (
  requests: readonly RewardChoices[],
  incentives: ReadonlyMap<string, RecordedIncentive>,
  made: DecidedByTenant,
): Issued['outcomes'] => {
  const unreported = new Set(made.incentives.map(({ incentiveId }) => incentiveId));
  return requests.map((choices) => {
    if (openChoices(choices, incentives).length > 0) return [];
    return choices.flatMap(({ qualification }): readonly IssueOutcome[] => {
      const incentive = incentives.get(qualification.incentiveId);
      if (incentive === undefined) return [];
      const field = conflictWith(incentive, qualification);
      if (field !== undefined) return [{ kind: 'conflict', field }];
      if (isArchived(incentive)) return [{ kind: 'archived', archived: incentive }];
      return [
        { kind: unreported.delete(incentive.incentiveId) ? 'decided' : 'replayed', incentive },
      ];
    });
  });
};

/**
 * Completes incentives that were reversed before their qualification arrived, with its data: they
 * are refused, once. Returns them; repeating changes nothing.
 */
const fillReversed = async (
  tx: Transaction,
  requests: readonly RewardRequest[],
  recorded: ReadonlyMap<string, RecordedIncentive>,
): Promise<readonly Incentive[]> => {
  const early = requests.filter(({ qualification }) => {
    const incentive = recorded.get(qualification.incentiveId);
    return (
      incentive !== undefined &&
      !isArchived(incentive) &&
      incentive.refusedBy?.kind === 'reversed' &&
      conflictWith(incentive, qualification) === undefined
    );
  });
  if (early.length === 0) return [];
  const locked = await readIncentives(
    tx,
    early.map(({ qualification }) => qualification.incentiveId),
    { lock: true },
  );
  const filled = early.flatMap((request) => {
    const incentive = locked.get(request.qualification.incentiveId);
    return incentive && !isArchived(incentive) ? [withRequest(incentive, request)] : [];
  });
  await updateRequested(tx, filled);
  const events = filled.map((incentive) => ({ ...incentive, event: 'refused' as const }));
  await recordIncentiveEvents(tx, events, correlationsOf(early));
  return filled;
};
