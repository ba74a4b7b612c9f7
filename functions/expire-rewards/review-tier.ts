import { assert } from '#shared/domain/assert.ts';
import { notBeforeLast } from '#shared/domain/earning/earning-account.ts';
import { metricOn } from '#shared/domain/earning/earning-history.ts';
import { ladderInForce } from '#shared/domain/earning/tier-ladder.ts';
import {
  type Earning,
  type TierStanding,
  tierStanding,
} from '#shared/domain/earning/tier-standing.ts';
import { addDays, localDateOf, startOfLocalDate } from '#shared/domain/time/local-time.ts';
import { TierChanged, TierDowngradeAhead } from '#shared/eventing/contracts/tiers.ts';
import { type Fact, factOf } from '#shared/eventing/fact.ts';
import type { HeldTier, TierReview } from '#shared/stores/postgres/tenants/tier-store.ts';

/** A program at an instant. */
export type Ground = Readonly<{ earning: Earning; now: Date }>;

/** Returns up to when a fall must have been told of, by the ladder in force; undefined before the first one began. */
export const noticeUntil = ({ earning, now }: Ground): Date | undefined => {
  const { timeZone, program } = earning;
  const ladder = ladderInForce(program.ladders, now);
  return (
    ladder && startOfLocalDate(timeZone, addDays(localDateOf(timeZone, now), ladder.noticeDays))
  );
};

/**
 * Finds where a customer stands now. Says that the tier changed, where it did, and that it will fall, where that is near and was not
 * said of this very fall: each change is said once and each fall told of once, whenever and however often one looks.
 */
export const reviewTier = (held: HeldTier, ground: Ground): TierReview<Fact> => {
  const near = noticeUntil(ground);
  const place = placeOf(held, ground);
  const { tier, fallsAt } = place.standing;
  const isNear = fallsAt !== undefined && near !== undefined && fallsAt <= near;
  const isNews = isNear && fallsAt.getTime() !== held.notifiedOf?.getTime();
  return {
    record: { tier, fallsAt, notifiedOf: isNear ? fallsAt : held.notifiedOf },
    facts: [
      ...(tier === held.tier ? [] : [changed(held, place)]),
      ...(isNews ? [fallAhead(held, { ...place, fallsAt })] : []),
    ],
  };
};

type Place = Readonly<{ standing: TierStanding; earning: Earning; at: Date }>;

const placeOf = ({ state }: HeldTier, { earning, now }: Ground): Place => {
  const at = notBeforeLast(state, now);
  return { standing: tierStanding(earning, state, at), earning, at };
};

const changed = (
  { tenantId, customerId, program, tier: from }: HeldTier,
  { standing: { tier: to, since: begun }, earning: { timeZone }, at }: Place,
): Fact => {
  const since = begun ?? at;
  return factOf(TierChanged, {
    cause: [tenantId, program, customerId, since.toISOString(), to ?? ''],
    partitionKey: customerId,
    time: since,
    data: {
      tenantId,
      customerId,
      program,
      from: from ?? null,
      to: to ?? null,
      since: since.toISOString(),
      cause: localDateOf(timeZone, since),
    },
  });
};

const fallAhead = (
  { tenantId, customerId, program, state }: HeldTier,
  { standing, fallsAt, earning, at }: Place & Readonly<{ fallsAt: Date }>,
): Fact => {
  const { program: terms, timeZone } = earning;
  const ladder = ladderInForce(terms.ladders, at);
  const tier = ladder?.tiers[standing.level - 1];
  assert(ladder && tier, 'who falls has a tier to fall from');
  const metric = metricOn(ladder, state, localDateOf(timeZone, fallsAt));
  return factOf(TierDowngradeAhead, {
    cause: [tenantId, program, customerId, fallsAt.toISOString()],
    partitionKey: customerId,
    time: at,
    data: {
      tenantId,
      customerId,
      program,
      from: tier.name,
      to: standing.fallsTo ?? null,
      on: fallsAt.toISOString(),
      counts: ladder.metric,
      ...(ladder.metric === 'spend' && { currency: ladder.currency }),
      metric,
      missing: tier.threshold - metric,
    },
  });
};
