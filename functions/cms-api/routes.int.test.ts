import { describe, expect, it } from 'vitest';
import { problem } from '#shared/testing/api-client.ts';
import { cmsWorld } from '#shared/testing/worlds/cms-world.ts';
import { goldTerms, newRule } from '#shared/testing/worlds/earning.ts';
import openapi from '../../docs/api/cms-api.openapi.json' with { type: 'json' };
import { routes } from './routes.ts';
import { stores } from './stores.ts';

const {
  ask,
  get,
  post,
  base,
  freshProgram,
  world: clock,
} = await cmsWorld((clients) => routes({ ...stores(clients), clock: clients.clock }));
const at = (minutes: number) => new Date(Date.UTC(2026, 10, 21, 10, minutes)).toISOString();

const order = { amount: '5000.50', currency: 'INR', placedAt: at(0) };

describe('programs', () => {
  it('are made once per request, found and listed', async () => {
    const body = { program: 'cashback', name: 'Money back', unit: 'INR' };
    const shown = { ...body, createdAt: expect.any(String) as string };
    const path = `${base}/programs/cashback`;
    const made = await post(`${base}/programs`, body, { key: 'k-1' });
    expect(made).toEqual({ status: 201, location: path, body: shown });
    expect(await post(`${base}/programs`, body, { key: 'k-1' })).toEqual(made);
    expect(await post(`${base}/programs`, body)).toMatchObject(problem(409, 'program-exists'));
    expect(await ask('GET', path)).toMatchObject({ status: 200, body: shown });
    expect((await get(`${base}/programs`)).body).toEqual({
      programs: expect.arrayContaining([shown]) as unknown[],
    });
  });

  it.each([
    [{ program: 'Miles', name: 'M' }, 'body program: must be lower-case letters'],
    [{ program: 'miles', name: '' }, 'body name: must be 1 to 100 characters'],
    [
      { program: 'miles', name: 'M', unit: 'miles' },
      'body unit: must be POINTS or an ISO 4217 code',
    ],
    [{ program: 'miles', name: 'M', currency: 'INR' }, 'body: has no field currency'],
  ])('refuse %j by the name of the field', async (body, words) => {
    expect(await post(`${base}/programs`, body)).toMatchObject(
      problem(400, 'invalid-request', words),
    );
  });

  it('are not found for an unknown tenant, nor under another name', async () => {
    const bearer = 'nobody ann cms:read cms:write';
    const body = { program: 'miles', name: 'Miles' };
    expect(await ask('POST', '/api/v1/tenants/nobody/programs', { body, bearer })).toMatchObject(
      problem(404, 'tenant-not-found'),
    );
    for (const path of ['', '/rules', '/tiers']) {
      expect(await get(`${base}/programs/none${path}`)).toMatchObject(
        problem(404, 'program-not-found'),
      );
    }
    expect(await post(`${base}/programs/none/rules`, newRule)).toMatchObject(
      problem(404, 'program-not-found'),
    );
    expect(await post(`${base}/programs/none/tiers`, { terms: goldTerms })).toMatchObject(
      problem(404, 'program-not-found'),
    );
    expect(await post(`${base}/programs/none:dry-run`, { order })).toMatchObject(
      problem(404, 'program-not-found'),
    );
  });
});

describe('tiers', () => {
  it('are saved, activated, found and listed like rules', async () => {
    const program = await freshProgram();
    const made = await post(`${program}/tiers`, { terms: goldTerms });
    expect(made).toMatchObject({
      status: 201,
      body: { version: 1, status: 'draft', terms: goldTerms },
    });
    expect(made.location).toBe(`${program}/tiers/1`);
    await post(`${program}/tiers`, { terms: goldTerms });
    expect(await post(`${program}/tiers/1:activate`)).toMatchObject({
      body: { status: 'scheduled' },
    });
    expect(await post(`${program}/tiers/2:activate`)).toMatchObject(
      problem(409, 'begins-beside-another'),
    );
    expect(await get(`${program}/tiers/1`)).toMatchObject({ body: { validFrom: at(5) } });
    const listed = (await get(`${program}/tiers`)).body['tiers'];
    expect(listed).toMatchObject([{ version: 2 }, { version: 1 }]);
    const wrong = { ...goldTerms, tiers: [] };
    expect(await post(`${program}/tiers`, { terms: wrong })).toMatchObject(
      problem(400, 'invalid-request', 'body terms.tiers: must be a list of 1 to 20'),
    );
  });
});

describe('cohorts', () => {
  const members = `${base}/cohorts/vip/members`;
  const member = (customerId: string) => `${members}/${customerId}`;

  it('have members five minutes after they are added, until they are removed', async () => {
    const ann = { customerId: 'ann', since: at(5), until: null };
    const put = await ask('PUT', member('ann'), { body: {} });
    expect(put).toMatchObject({ status: 200, body: ann });
    expect(await ask('GET', member('ann'))).toMatchObject({ status: 200, body: ann });
    await ask('PUT', member('bob'), { body: { since: at(100) } });
    expect((await get(`${members}?limit=1`)).body).toEqual({
      members: [ann],
      nextCursor: expect.any(String) as string,
    });
    const { nextCursor } = (await get(`${members}?limit=1`)).body;
    expect((await get(`${members}?cursor=${String(nextCursor)}`)).body).toEqual({
      members: [{ customerId: 'bob', since: at(100), until: null }],
      nextCursor: null,
    });
    expect(await ask('DELETE', member('bob'))).toMatchObject({ status: 204, body: {} });
    expect(await ask('GET', member('bob'))).toMatchObject(problem(404, 'member-not-found'));
    expect(await ask('DELETE', member('bob'))).toMatchObject({ status: 204 });
  });

  it('add no member before all orders can be rated by it, and accept a repeated request', async () => {
    const put = (since: string) => ask('PUT', member('cid'), { body: { since } });
    const tooEarly = (minutes: number) =>
      problem(400, 'begins-too-early', `since: must be ${at(minutes)} or later`);
    expect(await put(at(4))).toMatchObject(tooEarly(5));
    expect(await ask('GET', member('cid'))).toMatchObject(problem(404, 'member-not-found'));
    const since5 = { status: 200, body: { customerId: 'cid', since: at(5), until: null } };
    expect(await put(at(5))).toMatchObject(since5);
    clock.now = new Date(at(6));
    expect(await put(at(5))).toMatchObject(since5);
    expect(await put(at(4))).toMatchObject(tooEarly(11));
    expect(await ask('GET', member('cid'))).toMatchObject(since5);
    await ask('DELETE', member('cid'));
    expect(await put(at(5))).toMatchObject(tooEarly(11));
    clock.now = new Date(at(0));
    expect(await ask('GET', member('cid'))).toMatchObject({
      body: { since: at(5), until: at(11) },
    });
  });

  it('refuse an invalid instant, customer or field', async () => {
    expect(await ask('PUT', member('eve'), { body: { since: '2026-11-21' } })).toMatchObject(
      problem(400, 'invalid-request', 'body since: must be an ISO 8601 instant'),
    );
    expect(await ask('PUT', member('eve'), { body: { until: at(9) } })).toMatchObject(
      problem(400, 'invalid-request', 'body: has no field until'),
    );
    expect(await ask('PUT', member('e%20v'), { body: {} })).toMatchObject(
      problem(400, 'invalid-request', 'path parameter customerId: must be 1 to 128 printable'),
    );
    const bearer = 'nobody ann cms:read cms:write';
    const foreign = '/api/v1/tenants/nobody/cohorts/vip/members/eve';
    expect(await ask('PUT', foreign, { body: {}, bearer })).toMatchObject(
      problem(404, 'tenant-not-found'),
    );
  });
});

describe('every operation of the document', () => {
  it('is routed, and nothing else is', () => {
    const paths = routes({} as never).map(({ method, path }) => `${method} ${path}`);
    const documented = Object.entries(openapi.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(documented.toSorted()).toEqual(paths.toSorted());
  });
});
