import type { Qualification } from '../campaigns/qualification.ts';
import type { Correlation } from '../correlation.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import { admit, count, isTooLate } from '../limits/admit.ts';
import type { LimitRequest } from '../limits/limit-request.ts';
import type { Usage } from '../limits/usage.ts';
import { type Incentive, type Refusal, rewardEntry } from './incentive.ts';

/** A qualification with everything that is checked before it is rewarded. */
export type RewardRequest = Readonly<{
  qualification: Qualification;
  /** Its cause: CloudEvents source, a blank, id. */
  cause: string;
  /** The correlation of its events. */
  correlation?: Correlation | undefined;
  limit: LimitRequest;
  /**
   * The unit of the program that the reward names; undefined where the tenant has no such program.
   */
  unit: string | undefined;
  /** The lot that its points go into, where it is credited to a program. */
  lotId: string | undefined;
  campaignName: string;
}>;

/** Whether any cap applies to a request; the usage of its subjects decides nothing otherwise. */
export const isCapped = ({ limit }: Pick<RewardRequest, 'limit'>): boolean => limit.caps.length > 0;

/** The remaining budget of one tenant, locked by the transaction that decides. */
type Stock = Readonly<{
  /** By subject. */
  usages: ReadonlyMap<string, Usage>;
  /** Free codes by pool, the first ones first. */
  coupons: ReadonlyMap<string, readonly string[]>;
  now: Date;
}>;

/**
 * The outcome of requests: their incentives in order, the usage of every subject that changed if
 * any request has a cap, and what is credited.
 */
type Decided = Readonly<{
  incentives: readonly Incentive[];
  usages: ReadonlyMap<string, Usage>;
  entries: readonly LedgerEntry[];
}>;

/** Requests of which at most one is granted: the first that can be. */
export type RewardChoices = readonly RewardRequest[];

/**
 * Decides requests of one tenant one after the other. A request is granted if its program exists,
 * the usage that its caps need is kept, every cap has room and a code is left; otherwise it is
 * refused with the first of these that fails, and the next of its choices is tried. What is issued
 * counts for its subjects and is seen by the next request.
 */
export const decideIncentives = (requests: readonly RewardChoices[], stock: Stock): Decided => {
  const anyIsCapped = requests.flat().some(isCapped);
  const usages = new Map(stock.usages);
  const changed = new Map<string, Usage>();
  const coupons = new Map([...stock.coupons].map(([pool, codes]) => [pool, codes.values()]));
  const entries: LedgerEntry[] = [];
  const decide = (request: RewardRequest): Incentive => {
    const given = refusalOf(request, { usages, now: stock.now }) ?? takeCode(request, coupons);
    const incentive = incentiveOf(request, given, stock.now);
    if (incentive.status !== 'ISSUED') return incentive;
    for (const [subject, usage] of anyIsCapped ? count(usages, request.limit) : []) {
      usages.set(subject, usage);
      changed.set(subject, usage);
    }
    const { lotId, campaignName } = request;
    if (lotId !== undefined)
      entries.push(rewardEntry(incentive, { lotId, reason: `campaign ${campaignName}` }));
    return incentive;
  };
  const tryEach = (choices: RewardChoices): readonly Incentive[] => {
    const tried: Incentive[] = [];
    for (const request of choices) {
      const incentive = decide(request);
      tried.push(incentive);
      if (incentive.status === 'ISSUED') break;
    }
    return tried;
  };
  return { incentives: requests.flatMap(tryEach), usages: changed, entries };
};

/**
 * The incentives of requests of which all choices are refused no matter what other transactions
 * do, given usage that is not locked; none of the others.
 */
export const refuseIncentives = (
  requests: readonly RewardChoices[],
  { usages, now }: Pick<Stock, 'usages' | 'now'>,
): readonly Incentive[] =>
  requests.flatMap((choices) => {
    const refused = choices.flatMap((request) => {
      const refusedBy = refusalOf(request, { usages, now });
      return refusedBy === undefined ? [] : [incentiveOf(request, refusedBy, now)];
    });
    return refused.length === choices.length ? refused : [];
  });

/** By tenant, then by subject or pool. */
type ByTenant<Value> = ReadonlyMap<string, ReadonlyMap<string, Value>>;

/** The outcome of requests of several tenants, with the usage of every subject that was read. */
export type DecidedByTenant = Pick<Decided, 'incentives' | 'entries'> &
  Readonly<{ usages: ByTenant<Usage> }>;

/**
 * Refuses open choices that were hinted as full and are, and decides all others, tenant by tenant.
 */
export const decideByTenant = (
  open: readonly RewardChoices[],
  { usages, coupons }: Readonly<{ usages: ByTenant<Usage>; coupons: ByTenant<readonly string[]> }>,
  { isFull, now }: Readonly<{ isFull: (choices: RewardChoices) => boolean; now: Date }>,
): DecidedByTenant => {
  const byTenant = Map.groupBy(open, ([first]) => first?.qualification.tenantId ?? '');
  const made = Array.from(byTenant, ([tenantId, own]) => {
    const stock = {
      usages: usages.get(tenantId) ?? new Map<string, never>(),
      coupons: coupons.get(tenantId) ?? new Map<string, readonly string[]>(),
      now,
    };
    const byHint = Map.groupBy(own, (choices) => isFull(choices));
    const refused = refuseIncentives(byHint.get(true) ?? [], stock);
    const decided = decideIncentives(byHint.get(false) ?? [], stock);
    return { ...decided, tenantId, incentives: [...refused, ...decided.incentives] };
  });
  const changed = new Map(made.map((own) => [own.tenantId, own.usages]));
  return {
    incentives: made.flatMap(({ incentives }) => incentives),
    entries: made.flatMap(({ entries }) => entries),
    usages: withChanges(usages, changed),
  };
};

/**
 * Usage of which some is newer; subjects that were not read are left out, as their usage is
 * unknown.
 */
const withChanges = (usages: ByTenant<Usage>, changed: ByTenant<Usage>): ByTenant<Usage> =>
  new Map(
    Array.from(usages, ([tenantId, own]) => [
      tenantId,
      new Map(
        Array.from(own, ([subject, usage]) => [
          subject,
          changed.get(tenantId)?.get(subject) ?? usage,
        ]),
      ),
    ]),
  );

/** The incentive of a request that was reversed before it arrived, with all its data. */
export const withRequest = (
  { status, refusedBy, issuedAt, endedAt }: Incentive,
  request: RewardRequest,
): Incentive => ({ ...incentiveOf(request, {}, issuedAt), status, refusedBy, endedAt });

const refusalOf = (
  request: RewardRequest,
  { usages, now }: Pick<Stock, 'usages' | 'now'>,
): Refusal | undefined => {
  const { qualification, limit, unit } = request;
  const { program, currency } = qualification.reward;
  if (program !== undefined && (unit === undefined || unit !== currency))
    return { kind: 'no-program', program };
  if (!isCapped(request)) return undefined;
  if (isTooLate(limit, now)) return { kind: 'too-late' };
  const admission = admit(usages, limit);
  return admission.kind === 'refused' ? { ...admission, kind: 'cap' } : undefined;
};

/** What is given besides an amount. */
type Given = Readonly<{ couponCode?: string }>;

const takeCode = (
  { qualification: { reward } }: RewardRequest,
  coupons: ReadonlyMap<string, Iterator<string>>,
): Refusal | Given => {
  const { type, pool = '' } = reward;
  if (type !== 'COUPON') return {};
  const next = coupons.get(pool)?.next();
  return next === undefined || next.done === true
    ? { kind: 'no-coupon', pool }
    : { couponCode: next.value };
};

const incentiveOf = (
  { qualification, cause, limit: { day } }: RewardRequest,
  given: Refusal | Given,
  now: Date,
): Incentive => {
  const { reward, qualifiedAt } = qualification;
  const isRefused = 'kind' in given;
  return {
    incentiveId: qualification.incentiveId,
    tenantId: qualification.tenantId,
    userId: qualification.userId,
    campaignId: qualification.campaignId,
    campaignVersion: qualification.campaignVersion,
    eventId: qualification.eventId,
    type: reward.type,
    currency: reward.currency,
    amount: reward.amount,
    program: reward.program,
    couponCode: isRefused ? undefined : given.couponCode,
    status: isRefused ? 'REFUSED' : 'ISSUED',
    refusedBy: isRefused ? given : undefined,
    day,
    qualifiedAt,
    issuedAt: now,
    expiresAt: reward.expiresAt,
    endedAt: undefined,
    cause,
  };
};

type Choice = Readonly<{ qualification: Readonly<{ incentiveId: string }> }>;

/**
 * The choices that are still to be tried, given the incentives that are recorded: those after the
 * refused ones. None if a choice was issued, even if it has ended since, or was reversed before it
 * arrived.
 */
export const openChoices = <Each extends Choice>(
  choices: readonly Each[],
  recorded: ReadonlyMap<string, Pick<Incentive, 'status'>>,
): readonly Each[] => {
  const statusOf = ({ qualification }: Choice) => recorded.get(qualification.incentiveId)?.status;
  const tried = choices.findIndex((choice) => statusOf(choice) !== 'REFUSED');
  const rest = tried === -1 ? [] : choices.slice(tried);
  const end = rest.findIndex((choice) => statusOf(choice) !== undefined);
  return end === -1 ? rest : rest.slice(0, end);
};
