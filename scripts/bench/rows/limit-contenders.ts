import type { Redis } from 'ioredis';
import { type ClaimTerms, claimOf } from '#shared/domain/limits/claim-of.ts';
import { count } from '#shared/domain/limits/count.ts';
import type { LimitClaim } from '#shared/domain/limits/limit-claim.ts';
import { noUsage, type Usage } from '#shared/domain/limits/usage.ts';
import { defineScripts } from '#shared/stores/redis/define-scripts.ts';
import { limitCounters } from '#shared/stores/redis/limit-counters.ts';
import { campaigns, incentivesOfBatch, users } from './limit-names.ts';
import { board } from './rank-world.ts';

/** A way to hold a tenant to a cap on a day. */
export type Contender = Readonly<{
  /** Makes counters as they are in the course of a day, and what will be asked. */
  prepare: (batches: Readonly<{ roomy: number; others: number }>) => Promise<void>;
  /** Asks for one of the first batches, for which there is room. @returns how many incentives were allowed. */
  askRoomy: (batch: number) => Promise<number>;
  /** Asks for a batch that may meet the cap, until each of its incentives is allowed or refused. @returns how many were allowed. */
  ask: (batch: number) => Promise<number>;
}>;

type Cap = Readonly<{ redis: Redis; capPerDay: number }>;

const { tenantId } = board;

/** High enough for every user. */
const userCapPerDay = 1_000;

/**
 * The script that first comes to mind, per incentive: look at the tenant's and the user's counter of the day and add one to both. Asked twice for the
 * same incentive it counts twice, and what is not issued in the end stays counted.
 */
const bareCheckAndIncrement = `
if tonumber(redis.call('GET', KEYS[1]) or '0') >= tonumber(ARGV[1]) then return 0 end
if tonumber(redis.call('GET', KEYS[2]) or '0') >= tonumber(ARGV[2]) then return 0 end
if redis.call('INCR', KEYS[1]) == 1 then redis.call('EXPIRE', KEYS[1], 86400) end
if redis.call('INCR', KEYS[2]) == 1 then redis.call('EXPIRE', KEYS[2], 86400) end
return 1`;

export const bareCounters = ({ redis, capPerDay }: Cap): Contender => {
  const scripts = defineScripts(redis, {
    bareCheckAndIncrement: { lua: bareCheckAndIncrement, numberOfKeys: 2 },
  });
  const keyOf = (user: string) => `limit:{${tenantId}}:${user}:daily`;
  const keys: (readonly string[])[] = [];
  const ask = async (batch: number): Promise<number> => {
    const calls = keys[batch]?.map((key) =>
      scripts.bareCheckAndIncrement(`limit:{${tenantId}}:daily`, key, capPerDay, userCapPerDay),
    );
    return (await Promise.all(calls ?? [])).filter((answer) => answer === 1).length;
  };
  return {
    prepare: async ({ roomy, others }) => {
      await Promise.all(users.map((user) => redis.set(keyOf(user), 0, 'EX', 86_400)));
      for (let batch = 0; batch < roomy + others; batch += 1)
        keys.push(incentivesOfBatch(batch).map(({ userId }) => keyOf(userId)));
    },
    askRoomy: ask,
    ask,
  };
};

/** Reserve, and settle as after a commit: under the two caps that the bare script knows. */
export const reservedCounters = (cap: Cap): Contender => reservedUnder(cap, {});

/** The same under caps of the campaign as well, by count and by amount. */
export const reservedUnderAll = (cap: Cap): Contender =>
  reservedUnder(cap, { overall: { maxTotal: 100_000_000 }, budget: 100_000_000_000 });

const reservedUnder = ({ redis, capPerDay }: Cap, limits: ClaimTerms['campaign']): Contender => {
  const counters = limitCounters(redis);
  const terms = termsOf(capPerDay, limits);
  const usages = new Map<string, Usage>();
  const claims: (readonly LimitClaim[])[] = [];
  /** After each of the first batches. */
  const committed: ReadonlyMap<string, Usage>[] = [];

  const claimsOf = (batch: number): readonly LimitClaim[] =>
    incentivesOfBatch(batch).map(({ incentiveId, userId, campaignId }) =>
      claimOf({ ...qualification, incentiveId, tenantId, userId, campaignId }, terms),
    );

  /** What Postgres does in its transaction, without Postgres. */
  const commit = (given: readonly LimitClaim[]): ReadonlyMap<string, Usage> => {
    const changed = new Map<string, Usage>();
    for (const claim of given) {
      for (const entry of count(usages, claim)) {
        usages.set(...entry);
        changed.set(...entry);
      }
    }
    return changed;
  };

  const askUntilDecided = async (asked: readonly LimitClaim[]): Promise<number> => {
    const answers = await counters.reserve(tenantId, asked);
    const given = asked.filter((_claim, index) => answers[index]?.kind === 'reserved');
    const contended = asked.filter((_claim, index) => answers[index]?.kind === 'contended');
    await counters.settle(tenantId, { usages: commit(given), decided: given });
    return given.length + (contended.length > 0 ? await askUntilDecided(contended) : 0);
  };

  return {
    prepare: async ({ roomy, others }) => {
      for (const subject of subjectsOfAll()) usages.set(subject, noUsage);
      await counters.load(tenantId, usages);
      for (let batch = 0; batch < roomy + others; batch += 1) {
        const own = claimsOf(batch);
        claims.push(own);
        if (batch < roomy) committed.push(commit(own));
      }
    },
    askRoomy: async (batch) => {
      const decided = claims[batch] ?? [];
      const answers = await counters.reserve(tenantId, decided);
      await counters.settle(tenantId, { usages: committed[batch] ?? new Map(), decided });
      return answers.filter(({ kind }) => kind === 'reserved').length;
    },
    ask: (batch) => askUntilDecided(claims[batch] ?? []),
  };
};

const qualification = {
  campaignVersion: 1,
  eventId: 'e-1',
  reward: { type: 'POINTS', amount: 50, currency: 'POINTS', program: 'points' },
  qualifiedAt: new Date('2026-11-21T10:00:00Z'),
} as const;

const termsOf = (maxPerDay: number, campaign: ClaimTerms['campaign']): ClaimTerms => ({
  timeZone: 'Asia/Kolkata',
  tenant: { GLOBAL: { maxPerDay }, USER: { maxPerDay: userCapPerDay } },
  campaign,
});

const subjectsOfAll = (): readonly string[] => [
  'tenant',
  ...users.map((user) => `user:${user}`),
  ...campaigns.map((campaign) => `campaign:${campaign}`),
];
