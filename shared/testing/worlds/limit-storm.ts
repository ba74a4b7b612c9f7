import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import { subjectsOf } from '#shared/domain/limits/limit-request-of.ts';
import { localDateOf } from '#shared/domain/time/local-time.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { incentiveStore } from '#shared/stores/postgres/incentives/incentive-store.ts';
import { limitReader } from '#shared/stores/postgres/limits/limit-reader.ts';
import type { LimitCounters } from '#shared/stores/redis/limits/limit-counters.ts';
import { type Offer, qualificationOf, requestsNow, testRewards } from './rewards.ts';

const users = ['u-1', 'u-2', 'u-3'];

/** An hour of today, so that every counter shows the day. */
const qualifiedAt = new Date();

/**
 * Incentives of three users under caps of every kind, which are issued, refused and reversed by
 * several transactions at once; and what counters in Redis must show of them.
 */
export const limitStorm = async (sql: Sql) => {
  const rewards = testRewards(sql);
  const store = incentiveStore(sql);
  const tenantId = await rewards.createTenant({
    global: { maxPerDay: 60 },
    user: { maxTotal: 50, windowDays: 7, amounts: { POINTS: { maxTotal: 400 } } },
  });
  const campaignId = await rewards.createCampaign(tenantId, {
    overall: { maxPerDay: 65, maxTotal: 70 },
    perUser: { maxPerDay: 30 },
  });
  const of: Offer = { tenantId, campaignId };
  const userOf = (number: number): string => users[number % users.length] ?? 'u-1';
  const qualificationBy = (number: number) =>
    qualificationOf(of, number, { userId: userOf(number), qualifiedAt });

  const issue = async (numbers: readonly number[]): Promise<void> => {
    const qualified = numbers.map((number) => [
      {
        qualification: qualificationBy(number),
        cause: `/storm ${number}`,
        lotId: everlastingLotId,
      },
    ]);
    const { requests, terms } = await requestsNow(sql, qualified);
    await store.issue(requests, { now: new Date(), likelyFull: new Set(), terms });
  };
  const reverse = async (number: number): Promise<void> => {
    const { reward: _, qualifiedAt: _at, ...ids } = qualificationBy(number);
    const request = { ...ids, cause: `/storm ${number}`, reason: 'x', requestedAt: new Date() };
    await store.reverse([request], new Date());
  };

  let next = 0;
  return {
    ...of,
    /** Issues so many more incentives in concurrent batches of five, and reverses every third. */
    blow: async (count: number): Promise<void> => {
      const numbers = Array.from({ length: count }, (_, index) => next + index);
      next += count;
      const batches = Map.groupBy(numbers, (number) => Math.floor(number / 5));
      await Promise.all(
        Array.from(batches.values(), async (batch) => {
          await issue(batch);
          for (const number of batch) if (number % 3 === 0) await reverse(number);
        }),
      );
    },
    /** The counters of all capped subjects without their versions, and the same in Postgres. */
    compare: async (counters: Pick<LimitCounters, 'read'>) => {
      const subjects = new Set(
        users.flatMap((userId) => Object.values(subjectsOf({ userId, campaignId }))),
      );
      const today = localDateOf('UTC', new Date());
      const days = { first: '2026-01-01', last: today };
      const asked = new Map([...subjects].map((subject) => [subject, [days]]));
      const shown = (usages: Awaited<ReturnType<LimitCounters['read']>>) =>
        Object.fromEntries(
          [...usages]
            .map(([subject, { total, days: own }]) => [subject, { total, days: own }] as const)
            .toSorted(([one], [other]) => (one < other ? -1 : 1)),
        );
      return {
        redis: shown(await counters.read(tenantId, [...subjects])),
        postgres: shown(await limitReader(sql).usages(tenantId, asked)),
      };
    },
  };
};
