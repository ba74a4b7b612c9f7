import { describe, expect, it } from 'vitest';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { balanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { problem } from '#shared/testing/api-client.ts';
import {
  expiresFirst,
  expiresNext,
  walletUrl,
  walletWorld,
} from '#shared/testing/worlds/wallet-world.ts';
import { routes } from './routes.ts';
import { stores } from './stores.ts';

const { ask, get, post, reserve, freshCustomer, earn, publishedFor, later, world, sql, redis } =
  await walletWorld((clients) => routes({ ...stores(clients), clock: clients.clock }));
describe('POST redemptions', () => {
  it('reserves once per key, returns the location of the redemption, and updates the cache at once', async () => {
    const { url, customerId } = await freshCustomer(10, 0, 5);
    await get(url);
    const request = { points: 12, reference: 'basket 7', timeoutSeconds: 60 };
    const first = await reserve(url, request, { key: customerId });
    expect(first).toMatchObject({
      status: 201,
      location: `${url}/redemptions/${first.body.redemptionId}`,
      body: {
        status: 'RESERVED',
        points: 12,
        committed: 0,
        reference: 'basket 7',
        createdBy: 'shop',
        timesOutAt: later(60).toISOString(),
        endedAt: null,
      },
    });
    expect(await reserve(url, request, { key: customerId })).toEqual(first);
    expect((await get(url)).body).toMatchObject({ available: 3, reserved: 12, source: 'cache' });
    expect(await get(first.location)).toEqual({ status: 200, body: first.body });
  });

  it('finds its effect when the answer was lost before it was recorded', async () => {
    const { url, customerId } = await freshCustomer(10, 0, 5);
    const request = { points: 12, commit: true };
    const first = await reserve(url, request, { key: customerId });
    await sql`delete from idempotent_requests`;
    world.now = later(1);
    expect(await reserve(url, request, { key: customerId })).toEqual(first);
    expect((await get(url)).body).toMatchObject({ points: 3, version: 3 });
    expect(publishedFor('guerdon.points.redeemed.v1', customerId)).toHaveLength(1);
  });

  it('spends at once if requested, and publishes it', async () => {
    const { url, customerId } = await freshCustomer(10, 0, 5);
    const correlationId = 'shop 7';
    const { body } = await reserve(url, { points: 12, commit: true }, { correlationId });
    expect(body).toMatchObject({ status: 'COMMITTED', committed: 12 });
    const [domainEvent] = publishedFor('guerdon.points.redeemed.v1', customerId);
    expect(domainEvent).toMatchObject({
      topic: 'points-events',
      correlationId,
      data: { redemptionId: body.redemptionId, reserved: 12, points: 12, reference: null },
    });
    expect(await outbox(sql).overdue(0, 1_000)).not.toContainEqual(
      expect.objectContaining({ id: domainEvent!.id }),
    );
  });

  it('leaves its event in the outbox while Kafka is unavailable', async () => {
    const { url, customerId } = await freshCustomer(10, 0, 5);
    world.kafkaIsDown = true;
    const correlationId = 'shop 8';
    const { status } = await reserve(url, { points: 12, commit: true }, { correlationId });
    world.kafkaIsDown = false;
    expect(status).toBe(201);
    expect(publishedFor('guerdon.points.redeemed.v1', customerId)).toEqual([]);
    expect(await outbox(sql).overdue(0, 1_000)).toContainEqual(
      expect.objectContaining({ partitionKey: customerId, correlationId }),
    );
  });

  it('refuses more than can be spent, and accepts the same key again', async () => {
    const { url, wallet } = await freshCustomer(10, 0, 0);
    const request = { points: 12 };
    expect(await reserve(url, request, { key: 'again' })).toMatchObject(
      problem(409, 'insufficient-points', '10 points can be spent, 12 were requested'),
    );
    await earn(wallet, 2);
    expect((await reserve(url, request, { key: 'again' })).status).toBe(201);
  });

  it('commits a part, then the same part again, and nothing else', async () => {
    const { url } = await freshCustomer(10, 0, 5);
    const { body, location } = await reserve(url, { points: 12 });
    const commit = (part: object) => post(`${location}:commit`, part);
    expect(await commit({ points: 13 })).toMatchObject(problem(409, 'more-than-reserved'));
    const done = await commit({ points: 11 });
    expect(done).toMatchObject({
      status: 200,
      body: { ...body, status: 'COMMITTED', committed: 11, endedAt: expect.any(String) as string },
    });
    expect(await commit({ points: 11 })).toEqual(done);
    expect(await commit({})).toMatchObject(problem(409, 'redemption-committed', 'with 11'));
    expect(await ask('POST', `${location}:void`)).toMatchObject(
      problem(409, 'redemption-committed'),
    );
    expect((await get(url)).body).toMatchObject({ points: 4, available: 4, source: 'cache' });
  });

  it('voids any number of times, and commits no more', async () => {
    const { url } = await freshCustomer(10, 0, 5);
    const { location } = await reserve(url, { points: 12 });
    const voided = await ask('POST', `${location}:void`);
    expect(voided).toMatchObject({ status: 200, body: { status: 'VOIDED' } });
    expect(await ask('POST', `${location}:void`)).toEqual(voided);
    expect(await post(`${location}:commit`)).toMatchObject(problem(409, 'redemption-voided'));
    expect((await get(url)).body).toMatchObject({ available: 15, reserved: 0 });
  });

  it('shows a reservation as timed out as soon as its time is over', async () => {
    const { url } = await freshCustomer(10, 0, 5);
    const { location, body } = await reserve(url, { points: 12, timeoutSeconds: 5 });
    const begun = world.now;
    world.now = later(5);
    const ended = { ...body, status: 'TIMED_OUT', endedAt: world.now.toISOString() };
    expect(await get(location)).toEqual({ status: 200, body: ended });
    expect(await post(`${location}:commit`)).toMatchObject(problem(409, 'redemption-timed-out'));
    expect((await get(url)).body).toMatchObject({ available: 15, reserved: 0, source: 'cache' });
    world.now = begun;
  });
});

describe('POST transfers', () => {
  it('credits points with their expiry, once per key, and publishes it', async () => {
    const { url, customerId } = await freshCustomer(10, 0, 5);
    const to = (await freshCustomer(0, 0, 1)).customerId;
    const first = await post(`${url}/transfers`, { to, points: 12 }, { key: customerId });
    expect(first).toMatchObject({
      status: 201,
      body: {
        from: customerId,
        to,
        points: 12,
        reference: null,
        lots: [
          { points: 10, expiresAt: expiresFirst.toISOString() },
          { points: 2, expiresAt: null },
        ],
      },
    });
    await sql`delete from idempotent_requests`;
    expect(await post(`${url}/transfers`, { to, points: 12 }, { key: customerId })).toEqual(first);
    expect((await get(url)).body).toMatchObject({ points: 3, source: 'cache' });
    expect((await get(walletUrl(to))).body).toMatchObject({ points: 13, lifetime: 1 });
    expect(publishedFor('guerdon.points.transferred.v1', customerId)).toMatchObject([
      { data: { from: customerId, to, points: 12 } },
    ]);
  });

  it('refuses the sender as the recipient, and more than can be spent', async () => {
    const { url, customerId } = await freshCustomer(10, 0, 0);
    const transfer = (body: object) => post(`${url}/transfers`, body);
    expect(await transfer({ to: customerId, points: 1 })).toMatchObject(
      problem(400, 'self-transfer'),
    );
    expect(await transfer({ to: 'c-other', points: 11 })).toMatchObject(
      problem(409, 'insufficient-points', '10 points can be spent'),
    );
  });
});

describe('a wallet near its limit', () => {
  it('refuses what exceeds its maximum, and stays usable', async () => {
    const { url, wallet } = await freshCustomer(0, 0, 10);
    const other = await freshCustomer(0, 0, 10);
    await earn(wallet, 8_999_999_999_999_980);
    const give = (points: number) => post(`${url}/adjustments`, { points, reason: 'a gift' });
    const transfer = { to: wallet.customerId, points: 10 };
    expect(await give(10)).toMatchObject({ status: 201 });
    const full = problem(409, 'wallet-full', 'at most 9000000000000000 points');
    expect(await give(1)).toMatchObject(full);
    expect(await post(`${other.url}/transfers`, transfer)).toMatchObject(full);
    expect(await give(-10)).toMatchObject({ status: 201 });
    expect(await post(`${other.url}/transfers`, transfer)).toMatchObject({ status: 201 });
    expect(await get(url)).toMatchObject({ body: { points: 9e15 } });
  });
});

describe('POST adjustments', () => {
  it('credits and debits under the name of the caller', async () => {
    const { url, customerId } = await freshCustomer(10, 0, 0);
    const adjust = (body: object) => post(`${url}/adjustments`, body);
    const gift = { points: 5, reason: 'sorry', expiresAt: expiresNext.toISOString() };
    expect(await adjust(gift)).toMatchObject({
      status: 201,
      body: {
        points: 5,
        adjustedBy: 'shop',
        lots: [{ points: 5, expiresAt: expiresNext.toISOString() }],
      },
    });
    expect(await adjust({ points: -16, reason: 'fraud' })).toMatchObject(
      problem(409, 'insufficient-points', '15 points can be spent'),
    );
    await adjust({ points: -16, reason: 'fraud', allowNegative: true });
    expect((await get(url)).body).toMatchObject({ points: -1, lifetime: 10 });
    expect(publishedFor('guerdon.points.adjusted.v1', customerId)).toMatchObject([
      { data: { points: 5, reason: 'sorry', adjustedBy: 'shop' } },
      { data: { points: -16 } },
    ]);
  });
});

it('the cache equals Postgres after all requests of this file', async () => {
  const { url, wallet } = await freshCustomer(40, 30, 30);
  await Promise.all(
    Array.from({ length: 30 }, (_, number) =>
      number % 3 === 0
        ? post(`${url}/transfers`, { to: 'c-sink', points: 3 })
        : reserve(url, { points: 4, commit: number % 2 === 0 }),
    ),
  );
  const [row] = await sql`
    select points, reserved, version from points_balances where customer_id = ${wallet.customerId}`;
  expect(await balanceCache(redis).read(wallet)).toMatchObject({ ...row });
});
