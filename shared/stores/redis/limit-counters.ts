import type { Redis } from 'ioredis';
import { assert } from '#shared/domain/assert.ts';
import { demandsOf, refusal } from '#shared/domain/limits/demand.ts';
import type { LimitClaim } from '#shared/domain/limits/limit-claim.ts';
import type { Reservation } from '#shared/domain/limits/reservation.ts';
import type { Usage } from '#shared/domain/limits/usage.ts';
import { checkRequest } from './check-request.ts';
import { counterText, usageInCounter } from './counter-text.ts';
import { defineScripts } from './define-scripts.ts';
import { limitPrefix, reservationPrefix } from './keys.ts';
import { withRedis } from './redis-error.ts';
import { reservationRequest } from './reservation-request.ts';
import checkAndReserve from './scripts/check-and-reserve-n.lua';
import reservations from './scripts/includes/reservations.lua';
import loadCounters from './scripts/load-counters-n.lua';
import settleLimits from './scripts/settle-limits-n.lua';

type Usages = ReadonlyMap<string, Usage>;

/** What became of claims: the usage that was committed with those that were issued, and all that were decided. */
type Settlement = Readonly<{ usages: Usages; decided: readonly LimitClaim[] }>;

/**
 * How much of its limits a tenant has used, as far as Redis knows: what Postgres committed, and beside it what is reserved by incentives under way.
 * Everything throws Unavailable when Redis is not there, and may be repeated.
 */
export type LimitCounters = Readonly<{
  /**
   * Checks claims of one tenant one after the other, all their caps at once, and reserves what they ask for some minutes. One answer per claim, in
   * their order. An incentive that is reserved already stays reserved, once; one without caps needs no reservation.
   */
  reserve: (tenantId: string, claims: readonly LimitClaim[]) => Promise<readonly Reservation[]>;
  /** Sets the counters of subjects to what Postgres says of them; those that are newer stay. */
  load: (tenantId: string, usages: Usages) => Promise<void>;
  /**
   * Sets the counters that the caps of decided claims ask to what was committed, unless they are newer or missing, and ends the reservations of
   * these claims, issued or not. May come in any order.
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
  const scripts = scriptsOf(redis);

  const settle = (tenantId: string, claims: readonly LimitClaim[], committed: Usages) =>
    slices(capped(claims)).map((slice) => {
      const usages = cappedSubjects(slice).flatMap((subject) => {
        const usage = committed.get(subject);
        return usage === undefined ? [] : [[subject, usage] as const];
      });
      const { users, lists, sums, adds, rows } = reservationRequest(slice);
      return scripts.settleLimits(
        ...slotKeys(
          tenantId,
          usages.map(([subject]) => subject),
        ),
        reservedMs,
        JSON.stringify([users, lists, sums, adds]),
        JSON.stringify(rows),
        JSON.stringify(usages.map(([, usage]) => counterText(usage))),
      );
    });

  const load = (tenantId: string, usages: Usages) =>
    slices([...usages]).map((slice) =>
      scripts.loadCounters(
        slice.length,
        ...slice.map(([subject]) => limitPrefix(tenantId) + subject),
        keptMs,
        ...slice.map(([, usage]) => counterText(usage)),
      ),
    );

  const reserve = async (tenantId: string, claims: readonly LimitClaim[]) => {
    const reservation = reservationRequest(claims);
    const { users, lists, sums, adds, rows } = reservation;
    const { subjects, forms, standings, texts, asks } = checkRequest(claims, reservation);
    const reply = await scripts.checkAndReserve(
      ...slotKeys(tenantId, subjects),
      reservedMs,
      JSON.stringify([users, lists, sums, adds]),
      JSON.stringify([forms, standings, texts]),
      JSON.stringify(rows.map((row, index) => [...row, asks[index]])),
    );
    return toReservations(claims, subjects, reply as Reply);
  };

  // All calls of a method go out together on the one connection, and are carried out in their order.
  const all = async (calls: readonly Promise<unknown>[]): Promise<void> => {
    await Promise.all(calls);
  };

  return {
    reserve: (tenantId, claims) =>
      withRedis(async () => {
        const asked = capped(claims);
        const answers = await Promise.all(slices(asked).map((slice) => reserve(tenantId, slice)));
        const answerOf = new Map(
          answers.flat().map((answer, index) => [asked[index]?.incentiveId, answer]),
        );
        return claims.map(({ incentiveId }) => answerOf.get(incentiveId) ?? { kind: 'reserved' });
      }),

    load: (tenantId, usages) => withRedis(() => all(load(tenantId, usages))),
    settle: (tenantId, { usages, decided }) =>
      withRedis(() => all(settle(tenantId, decided, usages))),
    release: (tenantId, claims) => withRedis(() => all(settle(tenantId, claims, new Map()))),
    read: (tenantId, subjects) => withRedis(() => read(redis, tenantId, subjects)),
  };
};

const scriptsOf = (redis: Redis) =>
  defineScripts(redis, {
    checkAndReserve: { lua: reservations + checkAndReserve },
    settleLimits: { lua: reservations + settleLimits },
    loadCounters: { lua: loadCounters },
  });

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

/** Each claim that has caps, once. */
const capped = (claims: readonly LimitClaim[]): readonly LimitClaim[] => {
  const found = new Map<string, LimitClaim>();
  for (const claim of claims) if (claim.caps.length > 0) found.set(claim.incentiveId, claim);
  return [...found.values()];
};

const cappedSubjects = (claims: readonly LimitClaim[]): readonly string[] => [
  ...new Set(claims.flatMap(({ caps }) => caps.map(({ subject }) => subject))),
];

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

const contended = -1;
const cold = -2;

const toReservations = (
  claims: readonly LimitClaim[],
  subjects: readonly string[],
  [answers, used, missing]: Reply,
): readonly Reservation[] => {
  const coldSubjects = new Set(missing.map((place) => subjects[place - 1]));
  const usedOf = used.values();
  return claims.map((claim, index) => {
    const answer = answers[index] ?? 0;
    if (answer > 0) return toRefused(claim, answer, Number(usedOf.next().value));
    if (answer === contended) return { kind: 'contended' };
    if (answer !== cold) return { kind: 'reserved' };
    const own = new Set(claim.caps.map(({ subject }) => subject));
    return { kind: 'cold', subjects: [...own].filter((subject) => coldSubjects.has(subject)) };
  });
};

const toRefused = (claim: LimitClaim, place: number, used: number): Reservation => {
  const demand = claim.caps.flatMap((own) => demandsOf(own, claim))[place - 1];
  assert(demand, 'a claim is refused by one of its demands');
  return { kind: 'refused', ...refusal(demand, used) };
};
