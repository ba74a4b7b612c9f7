/** Bitmaps in Redis answer as Postgres does, or not at all. */

import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { earliestEffect } from '#shared/domain/time/clocks.ts';
import { createLogger } from '#shared/runtime/log.ts';
import {
  cohortMemberships,
  type MembershipQuestion,
} from '#shared/stores/postgres/cohorts/cohort-memberships.ts';
import { cohortStore } from '#shared/stores/postgres/cohorts/cohort-store.ts';
import { cohortUploads } from '#shared/stores/postgres/cohorts/cohort-uploads.ts';
import { cohortWindows } from '#shared/stores/postgres/cohorts/cohort-windows.ts';
import { recomputations } from '#shared/stores/postgres/cohorts/recomputations.ts';
import { exclusively } from '#shared/stores/postgres/driver/exclusively.ts';
import { cachedMemberships } from '#shared/stores/redis/cohorts/cached-memberships.ts';
import { cohortBitmaps } from '#shared/stores/redis/cohorts/cohort-bitmaps.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import { recordedStatements } from '#shared/testing/recorded-statements.ts';
import { testRedisClient, testSql } from '#shared/testing/servers/servers.ts';
import { newTenant } from '#shared/testing/worlds/tenants.ts';
import { createRefreshBitmaps } from './refresh-bitmaps.ts';

const sql = await testSql({ max: 8 });
const redis = await testRedisClient();

const memberships = cohortMemberships(sql);
const bitmaps = cohortBitmaps(redis);
const members = cohortStore(sql);
const uploads = cohortUploads(sql);
const changes = recomputations(sql);
/** A slow Redis is not the subject of this test. */
const pod = () =>
  cachedMemberships({ memberships, bitmaps, circuit: redisCircuit(), readMs: 60_000 });
const pods = [pod(), pod()];
const statements = recordedStatements(sql);

const names = ['gold', 'new'];
const users = ['u-1', 'u-2', 'u-3', 'u-4'];
const start = Date.UTC(2026, 10, 21, 10);

/** A tenant with two cohorts that active campaigns use, with a clock that the test controls. */
const world = async () => {
  const tenantId = await newTenant(sql);
  const time = { ms: start };
  const ids = new Map<string, string>();
  for (const cohort of names) {
    const [made] = await sql<[{ cohortId: string }]>`
      insert into cohorts (tenant_id, cohort, name, kind, created_by)
      values (${tenantId}, ${cohort}, 'C', 'STATIC', 'ann') returning cohort_id`;
    ids.set(cohort, made.cohortId);
    await sql`
      insert into campaigns (campaign_id, tenant_id, name, type, start_at, end_at, status, rule_json, actions, cohort, version, created_by)
      values (gen_random_uuid(), ${tenantId}, 'C', 'SIMPLE', '2026-01-01Z', '2999-01-01Z', 'ACTIVE', '{}', '{}', ${cohort}, 1, 'ann')`;
  }
  const clock = (skewMs = 0) => new Date(time.ms + skewMs);
  const windows = cohortWindows(sql);
  const own = {
    ...windows,
    around: async (now: Date) =>
      (await windows.around(now)).filter((each) => each.tenantId === tenantId),
  };
  const refresh = (skewMs = 0, members = windows.members) =>
    createRefreshBitmaps({
      ...{ windows: { ...own, members }, bitmaps, clock: () => clock(skewMs) },
      exclusively: (build) => exclusively(sql, `bitmaps of ${tenantId}`, build),
      log: createLogger('test'),
    })(() => false);
  const replace = async (cohort: string, customers: readonly string[], skewMs = 0) => {
    const key = { tenantId, cohortId: ids.get(cohort)!, changeId: randomUUID() };
    await uploads.start(key, { mode: 'REPLACE', subject: 'ann', at: clock(), openMax: 9 });
    await uploads.stage(key, { from: 0, rows: 1, customers, refused: [] });
    await uploads.complete(key, 'ann');
    const domainEventOf = () => ({ id: key.changeId, time: clock() });
    await changes.apply(key, { clock: () => clock(skewMs), domainEventOf });
  };
  return { tenantId, time, clock, refresh, replace };
};

const minutes = (count: number) => count * 60_000;
const anyCohort = fc.constantFrom(...names);
const anyUser = fc.constantFrom(...users);
/** Any two clocks are three minutes apart at most. */
const anySkew = fc.integer({ min: -90_000, max: 90_000 });
const anyStep = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ what: fc.constant('wait' as const), ms: fc.nat(minutes(4)) }),
  },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('refresh' as const), skewMs: anySkew }) },
  {
    weight: 3,
    arbitrary: fc.record({
      what: fc.constantFrom('add' as const, 'remove' as const),
      ...{ cohort: anyCohort, customerId: anyUser, skewMs: anySkew },
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('replace' as const),
      ...{ cohort: anyCohort, customers: fc.uniqueArray(anyUser), skewMs: anySkew },
    }),
  },
  { weight: 1, arbitrary: fc.constant({ what: 'lose' as const }) },
  {
    weight: 6,
    arbitrary: fc.record({
      what: fc.constant('ask' as const),
      pod: fc.constantFrom(0, 1),
      // A producer whose clock is ahead by as much dates an event a minute after its record.
      ages: fc.array(fc.integer({ min: -150_000, max: minutes(12) }), {
        minLength: 1,
        maxLength: 4,
      }),
    }),
  },
);

describe('bitmaps of cohorts', () => {
  it('give the answer that Postgres gives and always will give, whatever happens', async () => {
    let byRedis = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep, { minLength: 8, maxLength: 25 }), async (steps) => {
        const { tenantId, time, clock, refresh, replace } = await world();
        const answered: {
          question: MembershipQuestion;
          answer: ReadonlySet<string>;
        }[] = [];
        const ask = async ({
          pod: place,
          ages,
        }: Readonly<{ pod: number; ages: readonly number[] }>) => {
          const questions = ages.flatMap((age) =>
            users.map((userId) => ({
              ...{ tenantId, userId, cohorts: new Set(names) },
              at: new Date(time.ms - age),
            })),
          );
          statements.length = 0;
          const answers = await pods[place]!.among(questions);
          if (statements.length === 0) byRedis += 1;
          answers.forEach((answer, index) =>
            answered.push({ question: questions[index]!, answer }),
          );
        };
        for (const step of steps) {
          switch (step.what) {
            case 'wait':
              time.ms += step.ms;
              break;
            case 'refresh':
              await refresh(step.skewMs);
              break;
            case 'replace':
              await replace(step.cohort, step.customers, step.skewMs);
              break;
            case 'lose':
              await redis.flushdb();
              break;
            case 'ask':
              await ask(step);
              break;
            default: {
              const at = earliestEffect(clock(step.skewMs));
              await members[step.what]({ tenantId, ...step }, { at, subject: 'ann' });
            }
          }
        }
        const truth = await memberships.among(answered.map(({ question }) => question));
        expect(answered.map(({ answer }) => [...answer].sort())).toEqual(
          truth.map((each) => [...each].sort()),
        );
      }),
      { numRuns: Number(process.env['COHORT_RUNS'] ?? 25) },
    );
    expect(byRedis).toBeGreaterThan(0);
  });

  it('answer about now without Postgres, and leave other times to it', async () => {
    const { tenantId, time, refresh, replace } = await world();
    await replace('gold', ['u-1', 'u-3']);
    time.ms += minutes(6);
    await refresh();
    const ask = async (ageMs: number) => {
      statements.length = 0;
      const at = new Date(time.ms - ageMs);
      const [answer] = await pods[0]!.among([
        { tenantId, userId: 'u-3', at, cohorts: new Set(['gold']) },
      ]);
      return { isMember: answer?.has('gold'), statements: statements.length };
    };
    expect(await ask(0)).toEqual({ isMember: true, statements: 0 });
    expect(await ask(minutes(3))).toEqual({ isMember: false, statements: 1 });
    time.ms += minutes(2);
    expect(await ask(0)).toEqual({ isMember: true, statements: 1 });
    await refresh();
    expect(await ask(0)).toEqual({ isMember: true, statements: 0 });
    await redis.flushdb();
    expect(await ask(0)).toEqual({ isMember: true, statements: 1 });
    await refresh();
    expect(await ask(0)).toEqual({ isMember: true, statements: 0 });
    await redis.del(...(await redis.keys('cohort:*:bits:*')));
    expect(await ask(0)).toEqual({ isMember: true, statements: 1 });
  });

  it('are right until just before the next change takes effect, however soon that is', async () => {
    const { tenantId, time, refresh, replace } = await world();
    await replace('gold', ['u-1']);
    time.ms += minutes(6);
    await refresh();
    await replace('gold', ['u-2']);
    const [{ next }] = await sql<[{ next: Date }]>`
      select max(at) as next from cohort_instants where tenant_id = ${tenantId}`;
    time.ms = next.getTime() - 30_000;
    await refresh();
    const membersAt = async (at: number) => {
      statements.length = 0;
      const question = { tenantId, at: new Date(at), cohorts: new Set(['gold']) };
      const answers = await pods[0]!.among(users.map((userId) => ({ ...question, userId })));
      const members = users.filter((_, index) => answers[index]?.has('gold'));
      return { members, statements: statements.length };
    };
    expect(await membersAt(next.getTime() - 1)).toEqual({ members: ['u-1'], statements: 0 });
    expect(await membersAt(next.getTime())).toEqual({ members: ['u-2'], statements: 1 });
  });

  it('are built once, extended while nothing changes, and removed when no campaign uses them', async () => {
    const { tenantId, time, refresh, replace } = await world();
    await replace('gold', ['u-1']);
    time.ms += minutes(6);
    await refresh();
    const first = (await bitmaps.pointers(tenantId)).get('gold');
    expect(first).toMatchObject({ size: 1, until: time.ms + 90_000 });
    time.ms += minutes(1);
    await refresh();
    const second = (await bitmaps.pointers(tenantId)).get('gold');
    expect(second).toEqual({ ...first, until: time.ms + 90_000 });
    await replace('gold', ['u-1', 'u-2']);
    time.ms += minutes(6);
    await refresh();
    const third = (await bitmaps.pointers(tenantId)).get('gold');
    expect(third).toMatchObject({ size: 2 });
    expect(third!.build).not.toBe(first!.build);
    expect((await redis.keys(`cohort:{${tenantId}}:*:bits:*`)).length).toBe(2);
    await sql`update campaigns set status = 'ENDED' where tenant_id = ${tenantId} and cohort = 'new'`;
    await refresh();
    expect([...(await bitmaps.pointers(tenantId)).keys()]).toEqual(['gold']);
  });

  it('are extended while one of them is being built, and not built by two runs', async () => {
    const { tenantId, time, refresh, replace } = await world();
    await replace('gold', ['u-1']);
    time.ms += minutes(6);
    await refresh();
    const windowOf = async (cohort: string) => (await bitmaps.pointers(tenantId)).get(cohort);
    const before = await windowOf('new');
    await replace('new', ['u-2']);
    time.ms += minutes(6);
    const { promise: isBuilding, resolve: begins } = Promise.withResolvers<undefined>();
    const { promise: mayEnd, resolve: end } = Promise.withResolvers<undefined>();
    let builds = 0;
    const slow = async function* () {
      builds += 1;
      begins(undefined);
      await mayEnd;
      yield 'u-2';
    };
    const building = refresh(0, slow);
    await isBuilding;
    time.ms += minutes(1);
    await refresh(0, slow);
    expect(await windowOf('gold')).toMatchObject({ until: time.ms + 90_000 });
    expect(await windowOf('new')).toEqual(before);
    end(undefined);
    await building;
    expect(builds).toBe(1);
    await refresh();
    expect(await windowOf('new')).toMatchObject({ size: 1, until: time.ms + 90_000 });
  });
});
