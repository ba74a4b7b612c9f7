import { describe, expect, it } from 'vitest';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { problem } from '#shared/testing/api-client.ts';
import {
  expiresFirst,
  expiresNext,
  walletUrl,
  walletWorld,
} from '#shared/testing/worlds/wallet-world.ts';
import { routes } from './routes.ts';
import { stores } from './stores.ts';

const { get, post, clientOn, freshCustomer, reserve, later, world, sql, redis } = await walletWorld(
  (clients) => routes({ ...stores(clients), clock: clients.clock }),
);
type Page = Readonly<{
  opening: object;
  closing: object;
  lines: readonly Readonly<{ text: string; points: number; balance: object }>[];
  nextCursor: string | null;
}>;

describe('GET wallet', () => {
  it('reads Postgres the first time, then the cache, and puts the customer on the board', async () => {
    const { customerId, url } = await freshCustomer(10, 0, 5);
    const wallet = {
      program: 'points',
      unit: 'POINTS',
      points: 15,
      available: 15,
      pending: 0,
      reserved: 0,
      lifetime: 15,
      version: 2,
      asOf: world.now.toISOString(),
    };
    expect(await get(url)).toEqual({ status: 200, body: { ...wallet, source: 'ledger' } });
    expect(await get(url)).toEqual({ status: 200, body: { ...wallet, source: 'cache' } });
    expect(await redis.zscore('board:{acme}:main:live', customerId)).toBe('15');
  });

  it('is empty for a customer who never had points and is on no board', async () => {
    const empty = { points: 0, available: 0, lifetime: 0, version: 0, source: 'ledger' };
    expect(await get(walletUrl('nobody'))).toMatchObject({ status: 200, body: empty });
    expect(await redis.zscore('board:{acme}:main:live', 'nobody')).toBeNull();
  });

  it('is answered by Postgres while Redis is unavailable', async () => {
    const { url } = await freshCustomer(10, 0, 0);
    const nowhere = connectRedis('redis://127.0.0.1:1');
    const client = clientOn(nowhere);
    expect((await client.get(url)).body).toMatchObject({ points: 10, source: 'ledger' });
    const spent = { points: 4, commit: true };
    expect((await client.post(`${url}/redemptions`, spent)).status).toBe(201);
    expect((await client.get(url)).body).toMatchObject({ points: 6, source: 'ledger' });
    nowhere.disconnect();
  });

  it('shows the tier of a program that has tiers', async () => {
    const { customerId } = await freshCustomer(0, 0, 0);
    const tier = { name: null, level: 0, next: { name: 'Gold', missing: 100 }, fallsAt: null };
    expect((await get(walletUrl(customerId, 'cashback'))).body).toMatchObject({
      unit: 'INR',
      tier,
    });
  });

  it('with `at` is exactly what had been recorded by then', async () => {
    const { url } = await freshCustomer(30, 0, 0);
    const moments: Record<string, Date> = {};
    const remember = async (name: string) => {
      const [row] = await sql<[{ at: Date }]>`select clock_timestamp() as at, pg_sleep(0.002)`;
      moments[name] = row.at;
    };
    await remember('earned');
    world.now = new Date();
    const { body } = await reserve(url, { points: 20 });
    await remember('reserved');
    await post(`${url}/redemptions/${body.redemptionId}:commit`, { points: 5 });
    await remember('spent');
    world.now = new Date();
    const past = async (name: string) =>
      (await get(`${url}?at=${moments[name]!.toISOString()}`)).body;
    const common = { source: 'ledger', version: null, lifetime: 30 };
    expect(await past('earned')).toMatchObject({ ...common, points: 30, reserved: 0 });
    expect(await past('reserved')).toMatchObject({ ...common, points: 30, available: 10 });
    expect(await past('spent')).toMatchObject({ ...common, points: 25, available: 25 });
    expect((await get(`${url}?at=2020-01-01T00:00:00Z`)).body).toMatchObject({ points: 0 });
    expect(await get(`${url}?at=${later(60).toISOString()}`)).toMatchObject(
      problem(400, 'invalid-request', 'is in the future'),
    );
  });
});

describe('GET wallets', () => {
  it('shows every program of the tenant, also those in which the customer has nothing', async () => {
    const { customerId } = await freshCustomer(10, 0, 5);
    const { status, body } = await get(`/api/v1/tenants/acme/customers/${customerId}/wallets`);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      wallets: [
        { program: 'cashback', unit: 'INR', points: 0, tier: { level: 0 } },
        { program: 'points', unit: 'POINTS', points: 15, source: 'ledger' },
      ],
    });
  });
});

describe('GET lots', () => {
  it('shows the earliest expiry first, and the sums by date', async () => {
    const { url } = await freshCustomer(10, 20, 5);
    await reserve(url, { points: 15 });
    const { body } = await get(`${url}/lots`);
    expect(body).toMatchObject({
      lots: [
        { points: 10, reserved: 10, expiresAt: expiresFirst.toISOString(), status: 'available' },
        { points: 20, reserved: 5, expiresAt: expiresNext.toISOString() },
        { points: 5, reserved: 0, expiresAt: null },
      ],
      schedule: [
        { expiresAt: expiresFirst.toISOString(), lastDay: '2029-07-01', points: 10, pending: 0 },
        { expiresAt: expiresNext.toISOString(), lastDay: '2030-01-01', points: 20, pending: 0 },
      ],
    });
  });
});

describe('GET statement', () => {
  it('reads like a bank statement: lines in words, the balance after each, and pages that join', async () => {
    const { url, customerId } = await freshCustomer(10, 0, 5);
    await reserve(url, { points: 12, commit: true, reference: 'basket 7' });
    await post(`${url}/transfers`, { to: 'c-friend', points: 1, reference: 'thanks' });
    await post(`${url}/adjustments`, { points: 7, reason: 'sorry' });
    const body = (await get(`${url}/statement`)).body as Page;
    const { lines } = body;
    expect(lines.map(({ text, points, balance }) => [text, points, balance])).toEqual([
      ['Credited 7 points by shop: sorry', 7, { points: 9, pending: 0 }],
      ['Sent 1 point to c-friend: thanks', -1, { points: 2, pending: 0 }],
      ['Spent 2 points: basket 7', -2, { points: 3, pending: 0 }],
      ['Spent 10 points: basket 7', -10, { points: 5, pending: 0 }],
      [`Earned 5 points with order o-5-never-${customerId}`, 5, { points: 15, pending: 0 }],
      [
        `Earned 10 points with order o-10-${expiresFirst.getTime()}-${customerId}`,
        10,
        { points: 10, pending: 0 },
      ],
    ]);
    expect(body).toMatchObject({
      unit: 'POINTS',
      opening: { points: 0, pending: 0 },
      closing: { points: 9, pending: 0 },
      nextCursor: null,
    });

    const paged: unknown[] = [];
    let closing = body.closing;
    for (let query: string | undefined = ''; query !== undefined; ) {
      const page = (await get(`${url}/statement?limit=4${query}`)).body as Page;
      expect(page.closing).toEqual(closing);
      paged.push(...page.lines);
      closing = page.opening;
      query = page.nextCursor === null ? undefined : `&cursor=${page.nextCursor}`;
    }
    expect(paged).toEqual(lines);
  });
});
