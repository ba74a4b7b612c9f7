import type { Redis } from 'ioredis';
import { assert } from '#shared/domain/assert.ts';
import { demandsOf, refusal } from '#shared/domain/limits/demand.ts';
import type { LimitClaim } from '#shared/domain/limits/limit-claim.ts';
import type { Reservation } from '#shared/domain/limits/reservation.ts';
import { noUsage, type Usage } from '#shared/domain/limits/usage.ts';
import { type CheckRequest, checkRequest } from './check-request.ts';
import { counterText, usageInCounter } from './counter-text.ts';
import { defineScripts } from './define-scripts.ts';
import { limitPrefix, reservationPrefix } from './keys.ts';
import { withRedis } from './redis-error.ts';
import { type ReservationRequest, reservationRequest } from './reservation-request.ts';
import checkAndReserve from './scripts/check-and-reserve-n.lua';
import reservations from './scripts/includes/reservations.lua';
import loadCounters from './scripts/load-counters-n.lua';
import settleLimits from './scripts/settle-limits-n.lua';

type Usages = ReadonlyMap<string, Usage>;

/** What was committed: the usage that changed, and the claims that were decided. */
type Settlement = Readonly<{ usages: Usages; decided: readonly LimitClaim[] }>;

/**
 * How much of its limits a tenant has used, as far as Redis knows: what Postgres committed, and beside it what is reserved by incentives under way.
 * Everything throws Unavailable when Redis is not there, and may be repeated.
 */
export type LimitCounters = Readonly<{
  /**
   * Checks claims of one tenant one after the other, all their caps at once, and reserves what they ask for some minutes. One answer per claim, in
   * their order. An incentive that is reserved already stays reserved, once; where no claim has caps nothing has to be reserved.
   */
  reserve: (tenantId: string, claims: readonly LimitClaim[]) => Promise<readonly Reservation[]>;
  /** Sets the counters of subjects to what Postgres says of them; those that are newer stay. */
  load: (tenantId: string, usages: Usages) => Promise<void>;
  /**
   * Ends the reservations of decided claims, issued or not, and sets the counters that their caps ask to what was committed, unless they are newer or
   * missing. What changed without any claim, as by reversals, is loaded. May come in any order.
   */
  settle: (tenantId: string, settlement: Settlement) => Promise<void>;
  /** Ends the reservations of claims that came to nothing. */
  release: (tenantId: string, claims: readonly LimitClaim[]) => Promise<void>;
  /** What Redis knows of subjects; those whose counters are missing are not in the answer. */
  read: (tenantId: string, subjects: readonly string[]) => Promise<Usages>;
}>;

type Options = Readonly<{
  /** How long a reservation lasts at least, and half of what it lasts at most: longer than it takes to commit an incentive, or to come back to it. */
  reservedMs?: number;
  /** Counters are loaded anew after so long. */
  keptMs?: number;
}>;

/** Claims or counters of one script call: bounds how long it blocks Redis. */
const itemsMax = 250;

/** Counters of limits in Redis: a fast "no" before Postgres, which alone says "yes". */
export const limitCounters = (
  redis: Redis,
  { reservedMs = 5 * 60_000, keptMs = 24 * 3_600_000 }: Options = {},
): LimitCounters => {
  const context = { scripts: scriptsOf(redis), reservedMs, keptMs };
  return {
    reserve: (tenantId, claims) => withRedis(() => reserveAll(context, tenantId, claims)),
    load: (tenantId, usages) => withRedis(() => all(load(context, tenantId, usages))),
    settle: (tenantId, { usages, decided }) =>
      withRedis(() =>
        all(
          decided.length === 0
            ? load(context, tenantId, usages)
            : settle(context, { tenantId, claims: decided, usages }),
        ),
      ),
    release: (tenantId, claims) =>
      withRedis(() => all(settle(context, { tenantId, claims, usages: new Map() }))),
    read: (tenantId, subjects) => withRedis(() => read(redis, tenantId, subjects)),
  };
};

/** Calls of a method go out together on the one connection, and are carried out in their order. */
const all = async (calls: readonly Promise<unknown>[]): Promise<void> => {
  await Promise.all(calls);
};

const scriptsOf = (redis: Redis) =>
  defineScripts(redis, {
    checkAndReserve: { lua: reservations + checkAndReserve },
    settleLimits: { lua: reservations + settleLimits },
    loadCounters: { lua: loadCounters },
  });

type Context = Required<Options> & Readonly<{ scripts: ReturnType<typeof scriptsOf> }>;

const reserveAll = async (context: Context, tenantId: string, claims: readonly LimitClaim[]) => {
  if (claims.every(({ caps }) => caps.length === 0)) return claims.map(() => reserved);
  const parts = encode(claims);
  const answers = await Promise.all(parts.map((part) => reserve(context, tenantId, part)));
  if (parts.length === 1 && parts[0]?.claims.length === claims.length) return answers.flat();
  const ids = parts.flatMap((part) => part.claims.map(({ incentiveId }) => incentiveId));
  const answerOf = new Map(answers.flat().map((answer, index) => [ids[index], answer]));
  return claims.map(({ incentiveId }) => answerOf.get(incentiveId) ?? reserved);
};

const reserve = async (
  { scripts, reservedMs }: Context,
  tenantId: string,
  { claims, reservation, check }: Encoded,
) => {
  const { users, lists, sums, adds, kinds, rows } = reservation;
  const { subjects, forms, standings, texts, asks } = check;
  const reply = await scripts.checkAndReserve(
    ...slotKeys(tenantId, subjects),
    reservedMs,
    JSON.stringify([users, sums, adds, forms, standings, texts]),
    JSON.stringify([kinds, rows, asks]),
    ...lists,
  );
  return toReservations(claims, subjects, reply as Reply);
};

type Committed = Readonly<{ tenantId: string; claims: readonly LimitClaim[]; usages: Usages }>;

const settle = ({ scripts, reservedMs }: Context, { tenantId, claims, usages }: Committed) =>
  encode(claims).map(({ reservation, check }) => {
    const { users, lists, sums, adds, kinds, rows } = reservation;
    const changed = check.subjects.filter((subject) => usages.has(subject));
    return scripts.settleLimits(
      ...slotKeys(tenantId, changed),
      reservedMs,
      JSON.stringify([users, sums, adds]),
      JSON.stringify([kinds, rows]),
      ...lists,
      ...changed.map((subject) => counterText(usages.get(subject) ?? noUsage)),
    );
  });

/** Claims of one call, with what the scripts are told of them. */
type Encoded = Readonly<{
  claims: readonly LimitClaim[];
  reservation: ReservationRequest;
  check: CheckRequest;
}>;

/** Claims are mostly settled in the very array in which they were reserved. */
const encodedClaims = new WeakMap<readonly LimitClaim[], readonly Encoded[]>();

/** Each incentive once, in parts of one call each. */
const encode = (claims: readonly LimitClaim[]): readonly Encoded[] => {
  const known = encodedClaims.get(claims);
  if (known !== undefined) return known;
  const unique = new Map(claims.map((claim) => [claim.incentiveId, claim]));
  const parts = slices([...unique.values()]).map((slice) => {
    const reservation = reservationRequest(slice);
    return { claims: slice, reservation, check: checkRequest(slice, reservation) };
  });
  encodedClaims.set(claims, parts);
  return parts;
};

const load = ({ scripts, keptMs }: Context, tenantId: string, usages: Usages) =>
  slices([...usages]).map((slice) =>
    scripts.loadCounters(
      slice.length,
      ...slice.map(([subject]) => limitPrefix(tenantId) + subject),
      keptMs,
      ...slice.map(([, usage]) => counterText(usage)),
    ),
  );

const slotKeys = (tenantId: string, subjects: readonly string[]) => [
  subjects.length + 1,
  reservationPrefix(tenantId),
  ...subjects.map((subject) => limitPrefix(tenantId) + subject),
];

const read = async (
  redis: Redis,
  tenantId: string,
  subjects: readonly string[],
): Promise<Usages> => {
  if (subjects.length === 0) return new Map();
  const counters = await redis.mget(subjects.map((subject) => limitPrefix(tenantId) + subject));
  const found = subjects.map((subject, index) => [subject, counters[index] ?? ''] as const);
  return new Map(
    found.flatMap(([subject, text]) => (text === '' ? [] : [[subject, usageInCounter(text)]])),
  );
};

const slices = <Item>(items: readonly Item[]): readonly (readonly Item[])[] =>
  Array.from({ length: Math.ceil(items.length / itemsMax) }, (_, index) =>
    items.slice(index * itemsMax, (index + 1) * itemsMax),
  );

/** What check-and-reserve returns. */
type Reply = readonly [
  answers: readonly number[],
  used: readonly (string | number)[],
  missing: readonly number[],
];

const reserved: Reservation = { kind: 'reserved' };
const contended = -1;
const cold = -2;

const toReservations = (
  claims: readonly LimitClaim[],
  subjects: readonly string[],
  [answers, used, missing]: Reply,
): readonly Reservation[] => {
  if (answers.length === 0) return claims.map(() => reserved);
  const coldSubjects = new Set(missing.map((place) => subjects[place - 1]));
  const usedOf = used.values();
  return claims.map((claim, index) => {
    const answer = answers[index] ?? 0;
    if (answer > 0) return toRefused(claim, answer, Number(usedOf.next().value));
    if (answer === contended) return { kind: 'contended' };
    if (answer !== cold) return reserved;
    const own = new Set(claim.caps.map(({ subject }) => subject));
    return { kind: 'cold', subjects: [...own].filter((subject) => coldSubjects.has(subject)) };
  });
};

const toRefused = (claim: LimitClaim, place: number, used: number): Reservation => {
  const demand = claim.caps.flatMap((own) => demandsOf(own, claim))[place - 1];
  assert(demand, 'a claim is refused by one of its demands');
  return { kind: 'refused', ...refusal(demand, used) };
};
