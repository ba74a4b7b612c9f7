import fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type ClaimTerms, claimOf } from '#shared/domain/limits/claim-of.ts';
import { count } from '#shared/domain/limits/count.ts';
import type { LimitClaim } from '#shared/domain/limits/limit-claim.ts';
import { LimitCountersTwin } from '#shared/domain/limits/limit-counters-twin.ts';
import { noUsage, type Usage } from '#shared/domain/limits/usage.ts';
import { addDays } from '#shared/domain/time/local-time.ts';
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

/** A few of them are still exact, and no text of 14 digits holds them. */
const large = 2 ** 50 - 1;

const rewards = [
  { type: 'POINTS', currency: 'POINTS', amount: 50 },
  { type: 'CASHBACK', currency: 'INR', amount: large },
  { type: 'COUPON', amount: 1 },
] as const;

/** The same number is the same incentive. Days around the end of a leap month, users, campaigns and rewards come in all combinations. */
const claim = (number: number, terms: ClaimTerms): LimitClaim =>
  claimOf(
    {
      incentiveId: `i-${number}`,
      tenantId,
      userId: `u-${number % 3}`,
      campaignId: `c-${Math.floor(number / 3) % 2}`,
      campaignVersion: 1,
      eventId: `e-${number}`,
      reward: rewards[Math.floor(number / 6) % 3] ?? rewards[0],
      qualifiedAt: new Date(
        Date.UTC(2028, 1, 28 + ((Math.floor(number / 6) + Math.floor(number / 18)) % 3)),
      ),
    },
    terms,
  );

const users = ['u-0', 'u-1', 'u-2'];
const subjects = [
  'tenant',
  ...users.map((u) => `user:${u}`),
  'campaign:c-0',
  'campaign:c-1',
].concat(['c-0', 'c-1'].flatMap((c) => users.map((u) => `campaign:${c}:user:${u}`)));
const sumNames = ['tenant', 'campaign:c-0', 'campaign:c-1'];
const measures = ['count', 'POINTS', 'INR'];

const anyMax = fc.option(fc.nat(4), { nil: undefined, freq: 2 });
const anyAmount = fc.option(fc.constantFrom(0, 50, 120, 300, large, 3 * large, 2 ** 53 - 1), {
  nil: undefined,
  freq: 2,
});
const anyCaps = fc.record({
  maxPerDay: anyMax,
  maxTotal: anyMax,
  windowDays: fc.option(fc.constantFrom(1, 2, 3, 60), { nil: undefined }),
  amounts: fc.record({
    POINTS: fc.record({ maxPerDay: anyAmount, maxTotal: anyAmount }),
    INR: fc.record({ maxPerDay: anyAmount, maxTotal: anyAmount }),
  }),
});
/** Mostly few caps, so that claims are not all refused. */
const someCaps = fc.oneof(
  { weight: 1, arbitrary: fc.constant({}) },
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
  { count: 2, amounts: { INR: large, POINTS: 50 } },
  { count: 3, amounts: { POINTS: 150, INR: 0 } },
] as const;
const tallyOf = (number: number) => tallies[number % tallies.length] ?? tallies[0];
/** A version has one content, and a newer one not always more. */
const usageOf = (version: number): Usage => ({
  total: tallyOf(version),
  days: Object.fromEntries(
    Array.from({ length: version % 5 }, (_, day) => [
      addDays('2028-02-27', day),
      tallyOf(version + day),
    ]),
  ),
  version,
});
const anyUsage = fc.nat(30).map(usageOf);
const anyUsages = fc
  .array(fc.tuple(fc.constantFrom(...subjects), anyUsage), { maxLength: 9 })
  .map((entries) => new Map(entries));
const anyNumbers = fc.array(fc.nat(35), { maxLength: 8 });

const acts = {
  reserve: 16,
  load: 6,
  settle: 8,
  release: 2,
  passSpan: 4,
  forget: 2,
  flush: 1,
} as const;
const anyAct = fc.oneof(
  ...Object.entries(acts).map(([act, weight]) => ({
    weight,
    arbitrary: fc.constant(act as keyof typeof acts),
  })),
);
/** Of which an act takes what it needs. */
const anyContent = fc.record({
  claims: fc
    .tuple(anyNumbers, anyTerms)
    .map(([numbers, terms]) => numbers.map((number) => claim(number, terms))),
  usages: anyUsages,
  subject: fc.constantFrom(...subjects),
});
type Content = typeof anyContent extends fc.Arbitrary<infer Value> ? Value : never;

/** Most runs begin with every counter there. */
const everyCounter = fc.constantFrom(
  new Map<string, Usage>(),
  new Map(subjects.map((subject) => [subject, noUsage])),
);

/** Takes the scripts and the twin through the same steps. */
class Pair {
  private readonly twin = new LimitCountersTwin();
  private readonly met: Set<string>;

  constructor(met: Set<string>) {
    this.met = met;
  }

  async reserve({ claims }: Content): Promise<void> {
    const answers = await counters.reserve(tenantId, claims);
    expect(answers).toEqual(this.twin.reserve(claims));
    for (const answer of answers)
      this.met.add(answer.kind === 'refused' ? answer.period : answer.kind);
  }

  async load({ usages }: Pick<Content, 'usages'>): Promise<void> {
    await counters.load(tenantId, usages);
    this.twin.load(usages);
  }

  async settle({ claims, usages }: Content): Promise<void> {
    await counters.settle(tenantId, { usages, decided: claims });
    this.twin.settle(claims, usages);
  }

  async release({ claims }: Content): Promise<void> {
    await counters.release(tenantId, claims);
    this.twin.settle(claims, new Map());
  }

  async passSpan(): Promise<void> {
    await passSpan();
    this.twin.passSpan();
  }

  async forget({ subject }: Content): Promise<void> {
    await redis.del(limitPrefix(tenantId) + subject);
    this.twin.forget(subject);
  }

  async flush(): Promise<void> {
    await redis.flushdb();
    this.twin.flush();
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

it('answer and hold as their twin after any claims, settlements and losses in any order', async () => {
  const met = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      everyCounter,
      fc.array(fc.tuple(anyAct, anyContent), { size: 'max', maxLength: 40 }),
      async (loaded, steps) => {
        await redis.flushdb();
        const pair = new Pair(met);
        await pair.load({ usages: loaded });
        for (const [act, content] of steps) {
          await pair[act](content);
          await pair.compare();
        }
      },
    ),
    { numRuns: 300 },
  );
  const kinds = ['reserved', 'contended', 'cold', 'day', 'total', 'window'];
  expect([...met].toSorted()).toEqual(kinds.toSorted());
});

const terms = (
  caps: Partial<ClaimTerms['campaign']> & Partial<ClaimTerms['tenant']>,
): ClaimTerms => {
  const { GLOBAL = {}, USER = {}, ...campaign } = caps;
  return { timeZone: 'UTC', tenant: { GLOBAL, USER }, campaign };
};
const loadAll = () =>
  counters.load(tenantId, new Map(subjects.map((subject) => [subject, noUsage])));
/** Incentives that all give points, each to a user of its own. */
const pointsOf = (numbers: number, own: ClaimTerms, first = 0) =>
  Array.from({ length: numbers }, (_, index) => claim(108 * (first + index), own));
/** Commits claims as Postgres does: in order, a version each. */
const commit = (usages: Map<string, Usage>, claims: readonly LimitClaim[]) => {
  const changed = new Map<string, Usage>();
  for (const each of claims) {
    for (const [subject, usage] of count(usages, each)) {
      usages.set(subject, usage);
      changed.set(subject, usage);
    }
  }
  return changed;
};

describe('limit counters', () => {
  it('tell of the cap that is full, and how it stood', async () => {
    const own = terms({ GLOBAL: { maxTotal: 9, amounts: { POINTS: { maxPerDay: 120 } } } });
    await loadAll();
    const [first, second] = pointsOf(2, own) as [LimitClaim, LimitClaim];
    const usages = new Map<string, Usage>();
    await counters.settle(tenantId, { usages: commit(usages, [first]), decided: [first] });
    const wanted = { ...second, amount: { unit: 'POINTS', value: 71 } };
    expect(await counters.reserve(tenantId, [wanted])).toEqual([
      {
        kind: 'refused',
        scope: 'GLOBAL',
        subject: 'tenant',
        period: 'day',
        measure: 'POINTS',
        max: 120,
        used: 50,
        asked: 71,
      },
    ]);
  });

  it('reserve an incentive once, however often it is asked for, also twice in one call and in the span after', async () => {
    const own = terms({ GLOBAL: { maxTotal: 3 } });
    await loadAll();
    const claims = pointsOf(2, own);
    const all = { kind: 'reserved' };
    expect(await counters.reserve(tenantId, [...claims, ...claims])).toEqual([all, all, all, all]);
    await passSpan();
    await Promise.all(Array.from({ length: 8 }, () => counters.reserve(tenantId, claims)));
    expect(await counters.reserve(tenantId, pointsOf(2, own, 2))).toEqual([
      all,
      { kind: 'contended' },
    ]);
  });

  it('see what others reserved in the span before', async () => {
    const own = terms({ GLOBAL: { maxTotal: 2 } });
    await loadAll();
    await counters.reserve(tenantId, [claim(0, own)]);
    await passSpan();
    const answers = await counters.reserve(tenantId, [claim(1, own), claim(2, own)]);
    expect(answers.map(({ kind }) => kind)).toEqual(['reserved', 'contended']);
  });

  it('tell units apart in what a user has under way', async () => {
    const own = terms({ USER: { amounts: { POINTS: { maxTotal: 60 } } } });
    await loadAll();
    const [points, cash, morePoints] = [0, 6, 108].map((number) => claim(number, own));
    const kinds = [];
    for (const each of [cash, points, morePoints] as LimitClaim[])
      kinds.push((await counters.reserve(tenantId, [each]))[0]?.kind);
    expect(kinds).toEqual(['reserved', 'reserved', 'contended']);
  });

  it('refuse nobody for what is only reserved, and give back what is released', async () => {
    const own = terms({ USER: { maxTotal: 1 } });
    await loadAll();
    const [first, second] = pointsOf(2, own) as [LimitClaim, LimitClaim];
    await counters.reserve(tenantId, [first]);
    expect(await counters.reserve(tenantId, [second])).toEqual([{ kind: 'contended' }]);
    await counters.release(tenantId, [first, second]);
    await counters.release(tenantId, [first]);
    expect(await counters.reserve(tenantId, [second])).toEqual([{ kind: 'reserved' }]);
  });

  it("say which of a claim's counters are missing, and reserve nothing before they are loaded", async () => {
    const own = terms({ GLOBAL: { maxTotal: 1 }, USER: { maxTotal: 1 }, overall: { maxTotal: 1 } });
    await counters.load(tenantId, new Map([['tenant', noUsage]]));
    const claims = pointsOf(1, own);
    const cold = { kind: 'cold', subjects: ['campaign:c-0', 'user:u-0'] };
    expect(await counters.reserve(tenantId, claims)).toEqual([cold]);
    expect(await redis.keys('*')).toEqual([`${limitPrefix(tenantId)}tenant`]);
    await loadAll();
    expect(await counters.reserve(tenantId, claims)).toEqual([{ kind: 'reserved' }]);
  });

  it('need nothing for claims without caps, and for none at all', async () => {
    expect(await counters.reserve(tenantId, pointsOf(1, terms({})))).toEqual([
      { kind: 'reserved' },
    ]);
    expect(await counters.reserve(tenantId, [])).toEqual([]);
    await counters.settle(tenantId, { usages: new Map(), decided: [] });
    await counters.load(tenantId, new Map());
    expect(await counters.read(tenantId, [])).toEqual(new Map());
    expect(await redis.keys('*')).toEqual([]);
  });

  it('are set to what changed without any claim, as by reversals', async () => {
    const usages = commit(new Map(), pointsOf(2, terms({})));
    await counters.settle(tenantId, { usages, decided: [] });
    expect(await counters.read(tenantId, [...usages.keys()])).toEqual(usages);
  });

  it('leave a span empty once all is settled', async () => {
    const own = terms({ GLOBAL: { maxTotal: 900 }, USER: { maxTotal: 900 } });
    await loadAll();
    const claims = pointsOf(600, own);
    expect(new Set((await counters.reserve(tenantId, claims)).map(({ kind }) => kind))).toEqual(
      new Set(['reserved']),
    );
    const usages = commit(new Map(), claims);
    await counters.settle(tenantId, { usages, decided: claims.slice(0, 300) });
    expect(await redis.hget(slot, 'tenant')).toBe('300');
    await counters.settle(tenantId, { usages, decided: claims.slice(300) });
    expect(await redis.hkeys(slot)).toEqual(['about']);
    expect((await counters.read(tenantId, ['tenant'])).get('tenant')).toEqual(usages.get('tenant'));
  });

  it('forget counters some time after they were loaded, and reservations after two spans', async () => {
    const brief = limitCounters(redis, { reservedMs: 3_600_000, keptMs: 7_200_000 });
    const own = terms({ GLOBAL: { maxTotal: 9 } });
    await brief.load(tenantId, new Map([['tenant', noUsage]]));
    const claims = pointsOf(1, own);
    await brief.reserve(tenantId, claims);
    await brief.settle(tenantId, { usages: commit(new Map(), claims), decided: claims });
    const lives = await Promise.all((await redis.keys('*')).map((key) => redis.pttl(key)));
    expect(lives).toHaveLength(2);
    for (const life of lives) expect(life).toBeGreaterThan(7_000_000);
    for (const life of lives) expect(life).toBeLessThanOrEqual(7_200_000);
  });

  it('never pass a cap together with what is committed, when many claim at once', async () => {
    const own = terms({ GLOBAL: { maxTotal: 100 }, overall: { maxPerDay: 90 } });
    await loadAll();
    const usages = new Map<string, Usage>();
    let issued = 0;
    const connections = Array.from({ length: 8 }, () => redis.duplicate());
    const workers = connections.map((connection) => limitCounters(connection, { reservedMs }));
    const work = workers.map(async (worker, lane) => {
      for (let batch = 0; batch < 10; batch += 1) {
        const claims = pointsOf(5, own, (lane * 10 + batch) * 5);
        const answers = await worker.reserve(tenantId, claims);
        const decided = claims.filter((_claim, index) => answers[index]?.kind === 'reserved');
        issued += decided.length;
        await worker.settle(tenantId, { usages: commit(usages, decided), decided });
      }
    });
    await Promise.all(work);
    for (const connection of connections) connection.disconnect();
    expect(issued).toBe(90);
    expect((await counters.read(tenantId, ['campaign:c-0'])).get('campaign:c-0')?.total.count).toBe(
      90,
    );
  });

  it('say Unavailable when Redis is not there', async () => {
    const nowhere = connectRedis('redis://127.0.0.1:1');
    const unavailable = { name: 'Unavailable', dependency: 'redis' };
    const away = limitCounters(nowhere);
    const claims = pointsOf(1, terms({ GLOBAL: { maxTotal: 1 } }));
    await expect(away.reserve(tenantId, claims)).rejects.toMatchObject(unavailable);
    await expect(
      away.settle(tenantId, { usages: new Map(), decided: claims }),
    ).rejects.toMatchObject(unavailable);
    await expect(away.load(tenantId, new Map([['tenant', noUsage]]))).rejects.toMatchObject(
      unavailable,
    );
    nowhere.disconnect();
  });
});
