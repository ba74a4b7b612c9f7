import type { RedisConnection } from '#shared/stores/redis/driver/connect.ts';
import { boardPrefix } from '#shared/stores/redis/driver/keys.ts';
import { rankReader } from '#shared/stores/redis/ranks/rank-reader.ts';
import { VoidRound } from '../../core/rounds.ts';
import { type Customers, customerIdOf, numberOf } from './rank-customers.ts';
import { board } from './rank-world.ts';

/** Members read at once. */
const chunk = 5_000;

/** Customers whose ranks are read as a client would read them. */
const sample = 500;

/** The key of the sorted set that readers see. */
export const publishedKey = async (redis: RedisConnection): Promise<string> =>
  `${boardPrefix(board)}:${await redis.hget(`${boardPrefix(board)}:meta`, 'active')}`;

/**
 * Compares a whole sorted set with the customers.
 * @throws VoidRound if a customer is missing, wrong or unexpected.
 */
export const requireMembers = async (
  redis: RedisConnection,
  key: string,
  { points }: Customers,
): Promise<void> => {
  const count = await redis.zcard(key);
  if (count !== points.length) throw new VoidRound(`${key} has ${count} of ${points.length}`);
  for (let start = 0; start < count; start += chunk) {
    const scored = await redis.zrange(key, start, String(start + chunk - 1), 'WITHSCORES');
    const wrong = scored.findIndex(
      (member, index) => index % 2 === 0 && points[numberOf(member)] !== Number(scored[index + 1]),
    );
    if (wrong >= 0) throw new VoidRound(`${scored[wrong]} has ${scored[wrong + 1]} in ${key}`);
  }
};

/**
 * Compares the published board with an independent sort: all points, and the ranks of a sample as
 * readers get them.
 */
export const requireBoard = async (redis: RedisConnection, customers: Customers): Promise<void> => {
  await requireMembers(redis, await publishedKey(redis), customers);
  const rankOf = competition(customers);
  const reader = rankReader(redis);
  for (let number = 0; number < sample; number += 1) {
    const customer = Math.floor((number * customers.points.length) / sample);
    const customerId = customerIdOf(customer);
    const view = await reader.customer(board, { customerId, neighbours: 0, live: false });
    const rank = typeof view === 'object' ? view.rows[0]?.rank : undefined;
    const expected = rankOf(customer);
    if (rank !== expected) throw new VoidRound(`${customerId} is ${rank} instead of ${expected}`);
  }
};

/** Ranks by sorting all points: one more than there are customers with more. */
export const competition = ({ points }: Customers): ((number: number) => number) => {
  const sorted = points.toSorted();
  return (number) => sorted.length - sorted.lastIndexOf(points[number] ?? Number.NaN);
};
