import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT } from 'jose';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { eventually } from '#scripts/services/eventually.ts';
import type { Board } from '#shared/domain/ranks/board.ts';
import { authenticator } from '#shared/runtime/http/access/auth.ts';
import { createHttpFunction } from '#shared/runtime/http/serve-http.ts';
import { balanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { rankReader } from '#shared/stores/redis/ranks/rank-reader.ts';
import { type FullRound, rankRounds } from '#shared/stores/redis/ranks/rank-rounds.ts';
import { snapshotNotices } from '#shared/stores/redis/ranks/snapshot-notices.ts';
import { testRedisClient } from '#shared/testing/servers/servers.ts';
import { boardAnswer, customerAnswer, pageAnswer } from './answers.ts';
import { cachedReader } from './cached-reader.ts';
import { routes } from './routes.ts';

const redis = await testRedisClient();
const notices = snapshotNotices(redis);
const cache = balanceCache(redis);
const rounds = rankRounds(redis);

// A tenant only for this file, as announcements go to all logical databases.
const main: Board = { tenantId: 'leaders', board: 'main', tiePolicy: 'competition' };
const takenAt = new Date('2026-11-21T10:00:00Z');
const now = new Date('2026-11-21T10:00:42Z');

const secret = 'a secret of at least thirty-two characters';
const auth = {
  AUTH_MODE: 'jwt',
  AUTH_JWT_SECRET: secret,
  AUTH_ISSUER: 'i',
  AUTH_AUDIENCE: 'a',
} as const;
const tokenFor = (tenant: string, scope = 'leaderboard:read', expiry = '1h') =>
  new SignJWT({ tenant, scope })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('s')
    .setIssuer('i')
    .setAudience('a')
    .setExpirationTime(expiry)
    .sign(new TextEncoder().encode(secret));
const token = await tokenFor('leaders');

const handle = createHttpFunction(
  {
    routes: routes({ ranks: cachedReader(rankReader(redis), notices), clock: () => now }),
    authenticate: authenticator(auth),
    openapi: '{}',
  },
  pino({ level: 'silent' }),
);
const server = createServer((request, response) => void handle(request, response));
server.listen(0, '127.0.0.1');
afterAll(async () => {
  server.close();
  await notices.close();
});

const get = async (path: string, bearer = token) => {
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers: { authorization: `Bearer ${bearer}` },
  });
  return {
    status: answer.status,
    retryAfter: answer.headers.get('retry-after'),
    body: await answer.json(),
  };
};
const getPage = async (path: string) => pageAnswer.parse((await get(path)).body);
const getCustomer = async (path: string) => customerAnswer.parse((await get(path)).body);

type Points = Readonly<Record<string, number>>;

const balancesOf = (points: Points, version: number) =>
  Object.entries(points).map(([customerId, value]) => ({
    tenantId: 'leaders',
    customerId,
    points: value,
    program: 'points',
    pending: 0,
    reserved: 0,
    lifetime: value,
    version,
    reachedAt: takenAt,
  }));

const publishFull = async (points: Points, board = main): Promise<void> => {
  const round = (await rounds.begin(board, 'full', takenAt)) as FullRound;
  await rounds.fill(round, balancesOf(points, 1));
  const generation = notices.generation(board);
  await rounds.publish(round, takenAt);
  await eventually(() => notices.generation(board) !== generation, { timeoutMs: 60_000 });
};

const boardPath = '/api/v1/tenants/leaders/boards/main';
const five = { ann: 50, bob: 40, cid: 40, dan: 20, eve: 10 };

beforeAll(() => eventually(() => notices.isListening(), { timeoutMs: 60_000 }));
beforeEach(() => redis.flushdb());

describe('200', () => {
  it('GET /top-customers gives the first N with ranks, percentiles and the snapshot they come from', async () => {
    await publishFull(five);
    expect(await getPage('/top-customers?N=3')).toEqual({
      customers: [
        { rank: 1, customerId: 'ann', points: 50, movement: null, percentile: 80 },
        { rank: 2, customerId: 'cid', points: 40, movement: null, percentile: 40 },
        { rank: 2, customerId: 'bob', points: 40, movement: null, percentile: 40 },
      ],
      nextCursor: expect.any(String) as string,
      snapshot: { id: 1, takenAt: takenAt.toISOString(), stalenessMs: 42_000, live: false },
    });
  });

  it('GET /top-customers gives ten when no N is named, and all when there are fewer than N', async () => {
    const twelve = Object.fromEntries(
      Array.from({ length: 12 }, (_, index) => [`c-${index}`, index]),
    );
    await publishFull(twelve);
    expect((await getPage('/top-customers')).customers).toHaveLength(10);
    const all = await getPage('/top-customers?N=1000');
    expect(all.customers).toHaveLength(12);
    expect(all.nextCursor).toBeNull();
  });

  it.each([
    ['in the middle', 'cid', ['ann', 'cid', 'bob', 'dan']],
    ['at the top', 'ann', ['ann', 'cid', 'bob']],
    ['at the bottom', 'eve', ['bob', 'dan', 'eve']],
  ])(
    'GET /customer-info gives a customer %s with up to two neighbours a side',
    async (_where, id, around) => {
      await publishFull(five);
      const answer = await getCustomer(`/customer-info?id=${id}`);
      expect(answer).toMatchObject({ customerId: id, points: five[id as keyof typeof five] });
      expect(answer.neighbours.map(({ customerId }) => customerId)).toEqual(around);
    },
  );

  it('GET /customer-info returns k neighbours', async () => {
    await publishFull(five);
    expect((await getCustomer('/customer-info?id=dan&k=0')).neighbours).toHaveLength(1);
    expect((await getCustomer('/customer-info?id=dan&k=50')).neighbours).toHaveLength(5);
  });

  it('GET …/customers returns a board page by page', async () => {
    await publishFull(five);
    const seen: string[] = [];
    for (let query = ''; ; ) {
      const page = await getPage(`${boardPath}/customers?limit=2${query}`);
      seen.push(...page.customers.map(({ customerId }) => customerId));
      if (page.nextCursor === null) break;
      query = `&cursor=${page.nextCursor}`;
    }
    expect(seen).toEqual(['ann', 'cid', 'bob', 'dan', 'eve']);
  });

  it('GET …/customers/{customerId} accepts ids with characters that paths escape', async () => {
    await publishFull({ ...five, 'a/b?c%d': 45 });
    const path = `${boardPath}/customers/${encodeURIComponent('a/b?c%d')}?k=1`;
    expect(await getCustomer(path)).toMatchObject({ customerId: 'a/b?c%d', rank: 2 });
  });

  it('GET …/boards/{board} returns the policy, the size and the snapshot', async () => {
    const dense: Board = { ...main, board: 'dense', tiePolicy: 'dense' };
    await publishFull(five, dense);
    const { body } = await get('/api/v1/tenants/leaders/boards/dense');
    expect(boardAnswer.parse(body)).toMatchObject({
      board: 'dense',
      tiePolicy: 'dense',
      customers: 5,
      snapshot: { id: 1, stalenessMs: 42_000, live: false },
    });
  });

  it('live=true includes changes since the snapshot, and the movement since it', async () => {
    await publishFull(five);
    await cache.writeThrough(balancesOf({ eve: 99 }, 2), () => [main]);
    expect((await getPage(`${boardPath}/customers?limit=1`)).customers[0]?.customerId).toBe('ann');
    const live = await getPage(`${boardPath}/customers?limit=1&live=true`);
    expect(live.customers[0]).toMatchObject({ customerId: 'eve', rank: 1, movement: 4 });
    expect(live.snapshot).toEqual({
      id: 1,
      takenAt: now.toISOString(),
      stalenessMs: 0,
      live: true,
    });
    const eve = await getCustomer(`${boardPath}/customers/eve?live=true&k=0`);
    expect(eve).toMatchObject({ rank: 1, points: 99 });
  });

  it('the next snapshot is seen as soon as it is announced, with the ranks climbed since the last', async () => {
    await publishFull(five);
    await getPage('/top-customers?N=5');
    await publishFull({ ...five, dan: 60 });
    const page = await getPage('/top-customers?N=5');
    expect(page.snapshot.id).toBe(2);
    expect(page.customers.map(({ customerId, movement }) => [customerId, movement])).toEqual([
      ['dan', 3],
      ['ann', -1],
      ['cid', -1],
      ['bob', -1],
      ['eve', 0],
    ]);
  });
});

const problem = z.object({ status: z.int(), code: z.string(), detail: z.string() });
const refusal = async (path: string, bearer?: string) => {
  const { status, body, retryAfter } = await get(path, bearer);
  const { code, detail } = problem.parse(body);
  return { status, code, detail, retryAfter };
};

describe('400', () => {
  const wholeNumber = 'must be a whole number from 1 to 1000';
  it.each([
    ['/top-customers?N=0', `N: ${wholeNumber}`],
    ['/top-customers?N=-1', `N: ${wholeNumber}`],
    ['/top-customers?N=1e9', `N: ${wholeNumber}`],
    ['/top-customers?N=abc', `N: ${wholeNumber}`],
    ['/top-customers?N=', `N: ${wholeNumber}`],
    ['/top-customers?N=1.5', `N: ${wholeNumber}`],
    ['/top-customers?N=NaN', `N: ${wholeNumber}`],
    ['/top-customers?N=1001', `N: ${wholeNumber}`],
    ['/customer-info', 'id: is missing'],
    ['/customer-info?id=', 'id: must be 1 to 128 printable ASCII characters'],
    ['/customer-info?id=a%20b', 'id: must be 1 to 128 printable ASCII characters'],
    ['/customer-info?id=%00', 'id: must be 1 to 128 printable ASCII characters'],
    [`/customer-info?id=${'x'.repeat(129)}`, 'id: must be 1 to 128 printable ASCII characters'],
    ['/customer-info?id=ann&k=-1', 'k: must be a whole number from 0 to 50'],
    ['/customer-info?id=ann&k=51', 'k: must be a whole number from 0 to 50'],
    ['/customer-info?id=ann&k=two', 'k: must be a whole number from 0 to 50'],
    [`${boardPath}/customers?limit=0`, `limit: ${wholeNumber}`],
    [`${boardPath}/customers?limit=1001`, `limit: ${wholeNumber}`],
    [`${boardPath}/customers?cursor=`, 'cursor: is not a valid cursor'],
    [`${boardPath}/customers?cursor=xyz`, 'cursor: is not a valid cursor'],
    [`${boardPath}/customers?cursor=${btoa('[1]')}`, 'cursor: is not a valid cursor'],
    [`${boardPath}/customers?cursor=${btoa('["x","y"]')}`, 'cursor: is not a valid cursor'],
    [`${boardPath}/customers?cursor=${btoa('[1e400,"y"]')}`, 'cursor: is not a valid cursor'],
    [`${boardPath}/customers?cursor=${'A'.repeat(401)}`, 'cursor: is not a valid cursor'],
    [`${boardPath}/customers?live=yes`, 'live: must be true or false'],
    [`${boardPath}/customers/a%20b`, 'customerId: must be 1 to 128 printable ASCII characters'],
    [`${boardPath}/customers/ann?k=99`, 'k: must be a whole number from 0 to 50'],
    ['/api/v1/tenants/leaders/boards/Main', 'board: must be lower-case letters'],
    ['/api/v1/tenants/leaders/boards/a:b/customers', 'board: must be lower-case letters'],
  ])('%s is refused by the name of the parameter', async (path, words) => {
    const { status, code, detail } = await refusal(path);
    expect({ status, code }).toEqual({ status: 400, code: 'invalid-request' });
    expect(detail).toContain(words);
  });
});

describe('401 and 403', () => {
  it('an expired token is refused', async () => {
    const expired = await tokenFor('leaders', 'leaderboard:read', '-1h');
    expect(await refusal('/top-customers', expired)).toMatchObject({ status: 401 });
  });

  it('a token of another tenant reads no board of this one', async () => {
    await publishFull(five);
    const foreign = await tokenFor('followers');
    expect(await refusal(`${boardPath}/customers`, foreign)).toMatchObject({ status: 403 });
    expect(await refusal('/top-customers', foreign)).toMatchObject({ status: 503 });
  });

  it('a token without the scope is refused', async () => {
    const narrow = await tokenFor('leaders', 'points:read');
    expect(await refusal('/top-customers', narrow)).toMatchObject({ status: 403 });
  });
});

describe('404', () => {
  it('a customer who is not on the board is not found', async () => {
    await publishFull(five);
    const expected = { status: 404, code: 'customer-not-found' };
    expect(await refusal('/customer-info?id=zoe')).toMatchObject(expected);
    expect(await refusal(`${boardPath}/customers/zoe`)).toMatchObject(expected);
    expect(await refusal(`${boardPath}/customers/zoe?live=true`)).toMatchObject(expected);
  });

  it('an unknown board is not found', async () => {
    await publishFull(five);
    const expected = { status: 404, code: 'board-not-found' };
    const none = '/api/v1/tenants/leaders/boards/none';
    expect(await refusal(none)).toMatchObject(expected);
    expect(await refusal(`${none}/customers`)).toMatchObject(expected);
    expect(await refusal(`${none}/customers/ann`)).toMatchObject(expected);
  });
});

describe('503', () => {
  it('before the first snapshot the default board answers with Retry-After', async () => {
    const expected = { status: 503, code: 'snapshot-pending', retryAfter: '10' };
    const newcomer = await tokenFor('newcomers');
    const path = '/api/v1/tenants/newcomers/boards/main';
    expect(await refusal('/top-customers', newcomer)).toMatchObject(expected);
    expect(await refusal('/customer-info?id=ann', newcomer)).toMatchObject(expected);
    expect(await refusal(path, newcomer)).toMatchObject(expected);
    expect(await refusal(`${path}/customers?live=true`, newcomer)).toMatchObject(expected);
  });

  it('without Redis an answer asks to retry, and reveals no internals', async () => {
    const nowhere = connectRedis('redis://127.0.0.1:1');
    const [route] = routes({ ranks: rankReader(nowhere), clock: () => now });
    const caller = { tenantId: 'leaders', subject: 's', scopes: new Set(''), unrestricted: false };
    const nothing = { body: undefined, ifMatch: undefined, idempotencyKey: undefined };
    const asked = route!.handle({ caller, params: {}, query: { N: 1 }, ...nothing });
    await expect(asked).rejects.toMatchObject({ name: 'Unavailable', dependency: 'redis' });
    nowhere.disconnect();
  });
});
