import { randomUUID } from 'node:crypto';
import { slices } from '#shared/domain/slices.ts';
import type { RedisConnection } from '../driver/connect.ts';
import { defineScripts } from '../driver/define-scripts.ts';
import { cohortPrefix } from '../driver/keys.ts';
import { withRedis } from '../driver/redis-availability.ts';
import { userShard } from '../inbox/user-shard.ts';
import addMembers from '../scripts/add-cohort-members-1.lua';
import pointCohort from '../scripts/point-cohort-1.lua';
import readCohorts from '../scripts/read-cohorts-1.lua';

/** A stretch of event time in which a bitmap is right: `from` included, `until` not, in ms. */
type BitmapWindow = Readonly<{ from: number; until: number }>;

/** The answer of a tenant's bitmaps about users. */
export type BitmapAnswer = Readonly<{
  /** When the bitmap of a cohort is right; undefined where there is none. */
  windowOf: (cohort: string) => BitmapWindow | undefined;
  /** Whether a user is in a cohort that has a window, at any time in it. */
  isMember: (userId: string, cohort: string) => boolean;
}>;

/** The bitmap of a cohort, as it was built. */
export type BitmapPointer = BitmapWindow &
  Readonly<{
    build: string;
    /** The generation of the users' numbers for its bits. */
    generation: string;
    /** As of when it was built, in ms. */
    builtAt: number;
    size: number;
  }>;

type Place = Readonly<{ tenantId: string; cohort: string }>;

/**
 * Who is in which cohort, a bit per user and cohort over dense numbers of users. Everything can be
 * rebuilt from Postgres. Every method throws Unavailable when Redis is unavailable.
 */
export type CohortBitmaps = Readonly<{
  /** Reads all cohorts of all users at one moment, in one round trip. */
  read: (
    tenantId: string,
    cohorts: readonly string[],
    users: readonly string[],
  ) => Promise<BitmapAnswer>;
  /** The bitmaps that a tenant's cohorts point to, also those that are lost or out of date. */
  pointers: (tenantId: string) => Promise<ReadonlyMap<string, BitmapPointer>>;
  /**
   * Builds a bitmap of members and points the cohort to it, in one step for readers. False where
   * Redis lost its data meanwhile.
   */
  build: (
    place: Place,
    members: AsyncIterable<string>,
    window: BitmapWindow & Readonly<{ builtAt: number }>,
  ) => Promise<boolean>;
  /** Extends the window of a bitmap; false if it is lost. */
  extend: (place: Place, pointer: BitmapPointer) => Promise<boolean>;
  /** Removes the pointers of cohorts; their bitmaps expire. */
  drop: (tenantId: string, cohorts: readonly string[]) => Promise<void>;
}>;

/**
 * Users whom one script call adds, and numbers and bits that one reads: half a millisecond, in
 * which Redis serves nobody else. Larger calls cost as much per user.
 */
const membersPerCall = 100;
const readsPerCall = 1_000;

/** Longer than any build takes, and than the time between two extensions of a bitmap in use. */
const keptMs = 86_400_000;

type Scripts = ReturnType<typeof scriptsOf>;

const scriptsOf = (redis: RedisConnection) =>
  defineScripts(redis, {
    readCohorts: { lua: readCohorts, numberOfKeys: 1 },
    addCohortMembers: { lua: addMembers, numberOfKeys: 1 },
    pointCohort: { lua: pointCohort, numberOfKeys: 1 },
  });

/** Bitmaps of cohorts in Redis. */
export const cohortBitmaps = (redis: RedisConnection): CohortBitmaps => {
  const scripts = scriptsOf(redis);
  return {
    read: (tenantId, cohorts, users) =>
      withRedis(async () => {
        const perCall = Math.max(1, Math.floor(readsPerCall / (1 + cohorts.length)));
        const calls = slices([...new Set(users)], perCall).map(async (own) => {
          const parts = [cohortPrefix(tenantId), cohorts.length, ...cohorts, ...withShards(own)];
          const answer = await scripts.readCohorts(pointersKey(tenantId), ...parts);
          return { own, answer: answer as readonly string[] };
        });
        return toAnswer(cohorts, await Promise.all(calls));
      }),
    pointers: (tenantId) =>
      withRedis(async () => {
        const { '': generation = '', ...pointers } = await redis.hgetall(pointersKey(tenantId));
        return new Map(
          Object.entries(pointers).map(([cohort, text]) => [
            cohort,
            { ...toPointer(text), generation },
          ]),
        );
      }),
    build: (place, members, window) =>
      withRedis(async () => {
        const key = pointersKey(place.tenantId);
        await redis.hsetnx(key, '', randomUUID());
        const generation = (await redis.hget(key, '')) ?? '';
        return buildBitmap(scripts, place, { generation, members, window });
      }),
    extend: (place, pointer) => withRedis(() => point(scripts, place, pointer)),
    drop: (tenantId, cohorts) =>
      withRedis(async () => {
        if (cohorts.length > 0) await redis.hdel(pointersKey(tenantId), ...cohorts);
      }),
  };
};

type Building = Readonly<{
  generation: string;
  members: AsyncIterable<string>;
  window: BitmapWindow & Readonly<{ builtAt: number }>;
}>;

const buildBitmap = async (
  scripts: Scripts,
  place: Place,
  { generation, members, window: { from, until, builtAt } }: Building,
): Promise<boolean> => {
  const { tenantId } = place;
  const build = randomUUID();
  const add = async (users: readonly string[]): Promise<boolean> => {
    const parts = [cohortPrefix(tenantId), generation, build, keptMs, ...withShards(users)];
    return (await scripts.addCohortMembers(pointersKey(tenantId), ...parts)) === 1;
  };
  let size = 0;
  let users: string[] = [];
  for await (const user of members) {
    users.push(user);
    size += 1;
    if (users.length < membersPerCall) continue;
    if (!(await add(users))) return false;
    users = [];
  }
  // Even without members: then the bitmap is empty.
  if (!(await add(users))) return false;
  return point(scripts, place, { build, generation, from, until, builtAt, size });
};

const point = async (
  scripts: Scripts,
  { tenantId, cohort }: Place,
  { build, generation, from, until, builtAt, size }: BitmapPointer,
): Promise<boolean> => {
  const rest = [from, until, builtAt, size].join(' ');
  const parts = [cohortPrefix(tenantId), generation, cohort, build, rest, keptMs];
  return (await scripts.pointCohort(pointersKey(tenantId), ...parts)) === 1;
};

const withShards = (users: readonly string[]): readonly (string | number)[] =>
  users.flatMap((user) => [userShard(user), user]);

const pointersKey = (tenantId: string): string => `${cohortPrefix(tenantId)}current`;

const toPointer = (text: string): Omit<BitmapPointer, 'generation'> => {
  const [build = '', ...numbers] = text.split(' ');
  const [from = 0, until = 0, builtAt = 0, size = 0] = numbers.map(Number);
  return { build, from, until, builtAt, size };
};

type Call = Readonly<{ own: readonly string[]; answer: readonly string[] }>;

/** A window counts only where every call of the read saw the same one. */
const toAnswer = (cohorts: readonly string[], calls: readonly Call[]): BitmapAnswer => {
  const places = new Map(cohorts.map((cohort, place) => [cohort, place]));
  const windows = cohorts.map((_, place) => {
    const [text = '', ...others] = new Set(calls.map(({ answer }) => answer[place] ?? ''));
    const [from, until] = text.split(' ').map(Number);
    if (others.length > 0 || from === undefined || until === undefined) return undefined;
    return { from, until };
  });
  const bits = new Map(
    calls.flatMap(({ own, answer }) =>
      own.map((user, index) => [user, answer[cohorts.length + index] ?? ''] as const),
    ),
  );
  return {
    windowOf: (cohort) => windows[places.get(cohort) ?? -1],
    isMember: (user, cohort) => bits.get(user)?.[places.get(cohort) ?? -1] === '1',
  };
};
