import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Unavailable } from '#shared/domain/errors.ts';
import { memoryIdempotency } from '#shared/testing/memory-idempotency.ts';
import { servedRoutes } from '#shared/testing/served-routes.ts';
import { HttpProblem } from '../problem.ts';
import { reply } from '../reply.ts';
import { defineRoute } from '../route.ts';
import { fingerprintOf, type IdempotencyStore } from './idempotency.ts';

/** Serves a route that counts its runs; `run` may fail or wait. */
const servedGift = (
  run: (runs: number) => Promise<void> = () => Promise.resolve(),
  idempotency: IdempotencyStore = memoryIdempotency(),
) => {
  const seen: string[] = [];
  const gift = defineRoute({
    method: 'POST',
    path: '/customers/{customerId}/gifts',
    id: 'giveGift',
    summary: 'Gives a gift',
    scope: 'things',
    params: z.object({ customerId: z.string() }),
    query: z.object({}),
    body: z.object({ points: z.int() }),
    idempotent: true,
    status: 201,
    response: z.object({ points: z.int(), run: z.int() }),
    handle: async ({ body: { points }, idempotencyKey }) => {
      seen.push(idempotencyKey);
      const runs = seen.length;
      await run(runs);
      return reply({ headers: { location: `/gifts/${runs}` }, body: { points, run: runs } });
    },
  });
  const ask = servedRoutes({ routes: [gift], idempotency });
  type Give = Readonly<{ path?: string; authorization?: string; points?: unknown }>;
  const give = (key: string | undefined, { path = 'ann', points = 5, ...rest }: Give = {}) =>
    ask(`/customers/${path}/gifts`, {
      method: 'POST',
      body: { points },
      headers: { ...(key !== undefined && { 'idempotency-key': key }), ...rest },
    });
  return { give, seen };
};

describe('the Idempotency-Key', () => {
  const { give, seen } = servedGift();

  it('is needed', async () => {
    const answer = await give(undefined);
    expect(answer).toMatchObject({ status: 400, body: { code: 'idempotency-key-missing' } });
  });

  it.each(['', 'a b', 'clé', '""', 'x'.repeat(256), 'a, b'])(
    'is refused when it is %j',
    async (key) => {
      const answer = await give(encodeLatin(key));
      expect(answer).toMatchObject({ status: 400, body: { code: 'idempotency-key-malformed' } });
      expect(seen).toHaveLength(0);
    },
  );

  it.each([
    ['k1', 'k1'],
    ['"k2"', 'k2'],
    ['"k\\"3"', 'k"3'],
    ['x'.repeat(255), 'x'.repeat(255)],
  ])('%s reaches the handler as %s', async (key, expected) => {
    await give(key);
    expect(seen.at(-1)).toBe(expected);
  });
});

/** fetch takes header values as Latin-1. */
const encodeLatin = (text: string): string => Buffer.from(text).toString('latin1');

describe('a repeat', () => {
  it('gets the first answer again, whole and marked, and runs nothing', async () => {
    const { give, seen } = servedGift();
    const first = await give('k');
    const again = await give('"k"');
    expect(first).toMatchObject({ status: 201, headers: { location: '/gifts/1' } });
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    expect(again).toMatchObject({
      status: 201,
      text: first.text,
      headers: {
        location: '/gifts/1',
        'content-type': 'application/json',
        'idempotency-replayed': 'true',
      },
    });
    expect(seen).toEqual(['k']);
  });

  it('is refused with Retry-After while the first is in progress', async () => {
    const started = Promise.withResolvers<undefined>();
    const finish = Promise.withResolvers<undefined>();
    const { give } = servedGift(async () => {
      started.resolve(undefined);
      await finish.promise;
    });
    const first = give('k');
    await started.promise;
    expect(await give('k')).toMatchObject({
      status: 409,
      headers: { 'retry-after': '1' },
      body: { code: 'request-in-flight' },
    });
    finish.resolve(undefined);
    expect((await first).status).toBe(201);
    expect((await give('k')).status).toBe(201);
  });

  it.each([
    ['body', { points: 6 }],
    ['path', { path: 'bob' }],
  ])('with another %s is refused', async (_what, change) => {
    const { give, seen } = servedGift();
    await give('k');
    const answer = await give('k', change);
    expect(answer).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
    expect(seen).toHaveLength(1);
  });

  it.each(['acme other things', 'globex s things'])('is none from %s', async (authorization) => {
    const { give, seen } = servedGift();
    await give('k');
    expect((await give('k', { authorization })).headers).not.toHaveProperty('idempotency-replayed');
    expect(seen).toHaveLength(2);
  });

  it('may correct what did not fit its schema, because nothing was run', async () => {
    const { give } = servedGift();
    expect(await give('k', { points: 'five' })).toMatchObject({ status: 400 });
    expect(await give('k')).toMatchObject({ status: 201, body: { run: 1 } });
  });
});

describe('an answer', () => {
  it.each([400, 401, 402, 403, 404, 408, 409, 410, 412, 422, 423, 425, 429, 500, 503])(
    'of %i frees the key',
    async (status) => {
      const { give } = servedGift((runs) =>
        runs === 1 ? Promise.reject(new HttpProblem(status, 'not-now', 'No')) : Promise.resolve(),
      );
      expect(await give('k')).toMatchObject({ status });
      const again = await give('k');
      expect(again).toMatchObject({ status: 201, body: { run: 2 } });
      expect(again.headers).not.toHaveProperty('idempotency-replayed');
    },
  );

  it.each([
    ['a bug', () => new Error('select secret'), 500],
    ['a dependency that is unavailable', () => new Unavailable('postgres', 'gone'), 503],
  ])('after %s frees the key', async (_what, error, status) => {
    const { give } = servedGift((runs) =>
      runs === 1 ? Promise.reject(error()) : Promise.resolve(),
    );
    expect(await give('k')).toMatchObject({ status });
    expect(await give('k')).toMatchObject({ status: 201 });
  });
});

describe('a store that is unavailable', () => {
  const away = () => Promise.reject(new Unavailable('postgres', 'gone'));

  it('lets nothing run when it cannot claim', async () => {
    const { give, seen } = servedGift(undefined, { ...memoryIdempotency(), claim: away });
    expect(await give('k')).toMatchObject({ status: 503, body: { code: 'postgres-unavailable' } });
    expect(seen).toHaveLength(0);
  });

  it('changes neither a committed effect nor a refusal', async () => {
    const deaf = { ...memoryIdempotency(), complete: away, release: away };
    expect(await servedGift(undefined, deaf).give('k1')).toMatchObject({ status: 201 });
    const refuse = () => Promise.reject(new HttpProblem(409, 'gift-taken', 'No'));
    expect(await servedGift(refuse, deaf).give('k2')).toMatchObject({
      status: 409,
      body: { code: 'gift-taken' },
    });
  });

  it('is missed at the start when a route needs one', () => {
    const route = defineRoute({
      method: 'POST',
      path: '/',
      id: 'one',
      summary: '',
      scope: '',
      params: z.object({}),
      query: z.object({}),
      idempotent: true,
      handle: () => Promise.resolve(),
    });
    expect(() => servedRoutes({ routes: [route] })).toThrow('need an idempotency store');
  });
});

describe('a write that is idempotent by itself', () => {
  let runs = 0;
  const rename = defineRoute({
    method: 'PUT',
    path: '/name',
    id: 'rename',
    summary: 'Renames',
    scope: 'things',
    params: z.object({}),
    query: z.object({}),
    response: z.object({ runs: z.int() }),
    handle: () => Promise.resolve({ runs: (runs += 1) }),
  });
  const ask = servedRoutes({ routes: [rename], idempotency: memoryIdempotency() });
  const put = (headers = {}) => ask('/name', { method: 'PUT', headers });

  it('accepts a key and answers its repeat as the first time, and works without one', async () => {
    const key = { 'idempotency-key': 'k' };
    expect((await put(key)).body).toEqual({ runs: 1 });
    expect(await put(key)).toMatchObject({
      body: { runs: 1 },
      headers: { 'idempotency-replayed': 'true' },
    });
    expect((await put()).body).toEqual({ runs: 2 });
    expect(await put({ 'idempotency-key': 'a b' })).toMatchObject({ status: 400 });
  });
});

describe('fingerprintOf', () => {
  const identity = { method: 'POST', target: '/a?b', tenantId: 't', bytes: Buffer.from('{}') };

  it('is the same for the same request', () => {
    expect(fingerprintOf(identity)).toBe(fingerprintOf({ ...identity, bytes: Buffer.from('{}') }));
  });

  it.each([{ method: 'PUT' }, { target: '/a' }, { tenantId: 'u' }, { bytes: Buffer.from('{ }') }])(
    'differs with %o',
    (change) => {
      expect(fingerprintOf({ ...identity, ...change })).not.toBe(fingerprintOf(identity));
    },
  );
});
