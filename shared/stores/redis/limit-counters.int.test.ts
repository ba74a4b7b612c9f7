import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type ClaimTerms, claimOf } from '#shared/domain/limits/claim-of.ts';
import { count } from '#shared/domain/limits/count.ts';
import type { LimitClaim } from '#shared/domain/limits/limit-claim.ts';
import { LimitCountersTwin } from '#shared/domain/limits/limit-counters-twin.ts';
import { noUsage, type Usage } from '#shared/domain/limits/usage.ts';
import { ownRedis } from '#shared/testing/own-redis.ts';
import { testRedis } from '#shared/testing/servers.ts';
import { connectRedis } from './connect.ts';
import { limitPrefix, reservationPrefix } from './keys.ts';
import { limitCounters } from './limit-counters.ts';

const redis = connectRedis((await testRedis()).url);
// A span of decades, so that none ends unless a test ends it.
const reservedMs = 1e12;
const counters = limitCounters(redis, { reservedMs });
beforeEach(() => redis.flushdb());
afterAll(() => redis.quit());

const tenantId = 't1';
const [slotBefore = '', slot = ''] = [0, 1].map(
  (number) => `${reservationPrefix(tenantId)}${number}`,
);

/** The reservations of now become those of the span before. */
const passSpan = async () => {
  await redis.del(slotBefore);
  if ((await redis.exists(slot)) === 1) await redis.rename(slot, slotBefore);
};

const rewards = [
  { type: 'POINTS', currency: 'POINTS', amount: 50 },
  { type: 'CASHBACK', currency: 'INR', amount: 9_007_199_254_740 },
  { type: 'COUPON', amount: 1 },
] as const;

/** The same number is the same incentive. Days, users, campaigns and rewards come in all combinations. */
const claim = (number: number, terms: ClaimTerms): LimitClaim =>
  claimOf(
    {
      incentiveId: `i-${number}`,
      tenantId,
      userId: `u-${number % 2}`,
      campaignId: `c-${Math.floor(number / 2) % 2}`,
      campaignVersion: 1,
      eventId: `e-${number}`,
      reward: rewards[number % 3] ?? rewards[0],
      qualifiedAt: new Date(Date.UTC(2026, 10, 19 + (Math.floor(number / 4) % 3))),
    },
    terms,
  );

const subjects = ['tenant', 'user:u-0', 'user:u-1', 'campaign:c-0', 'campaign:c-1'].concat(
  ['c-0', 'c-1'].flatMap((c) => ['u-0', 'u-1'].map((u) => `campaign:${c}:user:${u}`)),
);
const sumNames = ['tenant', 'campaign:c-0', 'campaign:c-1'];
const measures = ['count', 'POINTS', 'INR'];

const anyMax = fc.option(fc.nat(4), { nil: undefined, freq: 1 });
const anyAmount = fc.option(fc.constantFrom(0, 50, 120, 300, 9_007_199_254_740, 2 ** 53 - 1), {
  nil: undefined,
  freq: 1,
});
const anyCaps = fc.record({
  maxPerDay: anyMax,
  maxTotal: anyMax,
  windowDays: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  amounts: fc.record({
    POINTS: fc.record({ maxPerDay: anyAmount, maxTotal: anyAmount }),
    INR: fc.record({ maxPerDay: anyAmount, maxTotal: anyAmount }),
  }),
});
/** Mostly few caps, so that claims are not all refused. */
const someCaps = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: anyCaps },
);
const anyTerms: fc.Arbitrary<ClaimTerms> = fc.record({
  timeZone: fc.constant('UTC'),
  tenant: fc.record({ GLOBAL: someCaps, USER: someCaps }),
  campaign: fc.record({
    overall: someCaps,
    perUser: someCaps,
    budget: fc.option(fc.constantFrom(2, 100, 300), { nil: undefined }),
  }),
});

const tallies = [
  { count: 0, amounts: {} },
  { count: 1, amounts: { POINTS: 50 } },
  { count: 2, amounts: { INR: 9_007_199_254_740, POINTS: 50 } },
  { count: 3, amounts: { POINTS: 150, INR: 0 } },
] as const;
const tallyOf = (number: number) => tallies[number % tallies.length] ?? tallies[0];
/** A version has one content, and a newer one not always more. */
const usageOf = (version: number): Usage => ({
  total: tallyOf(version),
  days: Object.fromEntries(
    Array.from({ length: version % 5 }, (_, day) => [
      `2026-11-${18 + day}`,
      tallyOf(version + day),
    ]),
  ),
  version,
});
const anyUsage = fc.nat(30).map(usageOf);
const anyUsages = fc
  .array(fc.tuple(fc.constantFrom(...subjects), anyUsage), { maxLength: 9 })
  .map((entries) => new Map(entries));
const anyNumbers = fc.array(fc.nat(23), { minLength: 1, maxLength: 8 });

const claimsOf = fc.tuple(anyNumbers, anyTerms);
const anyStep = fc.oneof(
  { weight: 8, arbitrary: fc.record({ act: fc.constant('reserve' as const), claims: claimsOf }) },
  { weight: 2, arbitrary: fc.record({ act: fc.constant('load' as const), usages: anyUsages }) },
  {
    weight: 4,
    arbitrary: fc.record({
      act: fc.constant('settle' as const),
      claims: claimsOf,
      usages: anyUsages,
    }),
  },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('release' as const), claims: claimsOf }) },
  { weight: 1, arbitrary: fc.record({ act: fc.constant('passSpan' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      act: fc.constant('forget' as const),
      subject: fc.constantFrom(...subjects),
    }),
  },
);
type Step = typeof anyStep extends fc.Arbitrary<infer Value> ? Value : never;

/** Most runs begin with every counter there. */
const everyCounter = fc.constantFrom(
  new Map<string, Usage>(),
  new Map(subjects.map((subject) => [subject, noUsage])),
);

/** Takes the scripts and the twin through the same steps. */
class Pair {
  private readonly twin = new LimitCountersTwin();

  async take(step: Step): Promise<void> {
    const claims =
      'claims' in step ? step.claims[0].map((number) => claim(number, step.claims[1])) : [];
    if (step.act === 'reserve')
      expect(await counters.reserve(tenantId, claims)).toEqual(this.twin.reserve(claims));
    if (step.act === 'load') {
      await counters.load(tenantId, step.usages);
      this.twin.load(step.usages);
    }
    if (step.act === 'settle') {
      await counters.settle(tenantId, { usages: step.usages, decided: claims });
      this.twin.settle(
        claims.filter(({ caps }) => caps.length > 0),
        step.usages,
      );
    }
    if (step.act === 'release') {
      await counters.release(tenantId, claims);
      this.twin.settle(
        claims.filter(({ caps }) => caps.length > 0),
        new Map(),
      );
    }
    if (step.act === 'passSpan') {
      await passSpan();
      this.twin.passSpan();
    }
    if (step.act === 'forget') {
      await redis.del(limitPrefix(tenantId) + step.subject);
      this.twin.forget(step.subject);
    }
  }

  async compare(): Promise<void> {
    expect(await counters.read(tenantId, subjects)).toEqual(
      new Map(
        subjects.flatMap((subject) => {
          const usage = this.twin.known().get(subject);
          return usage === undefined ? [] : [[subject, usage]];
        }),
      ),
    );
    const names = sumNames.flatMap((subject) =>
      measures.map((measure) => [subject, measure] as const),
    );
    const fields = names.map(([subject, measure]) =>
      measure === 'count' ? subject : `${subject} ${measure}`,
    );
    const [here, before] = await Promise.all([
      redis.hmget(slot, ...fields),
      redis.hmget(slotBefore, ...fields),
    ]);
    expect(names.map((_name, index) => Number(here[index]) + Number(before[index]))).toEqual(
      names.map(([subject, measure]) => this.twin.heldOf(subject, measure)),
    );
  }
}

describe('limit counters', () => {
  it('answer and hold as their twin after any claims, settlements and losses in any order', async () => {
    const answers = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        everyCounter,
        fc.array(anyStep, { size: 'max', maxLength: 40 }),
        async (loaded, steps) => {
          await redis.flushdb();
          const pair = new Pair();
          await pair.take({ act: 'load', usages: loaded });
          for (const step of steps) {
            await pair.take(step);
            await pair.compare();
          }
        },
      ),
      { numRuns: 300 },
    );
    expect(answers).toBeDefined();
  });
});
void count;
void ownRedis;
