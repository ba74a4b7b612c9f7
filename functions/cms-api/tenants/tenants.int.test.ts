import { describe, expect, it } from 'vitest';
import { cmsWorld } from '#shared/testing/worlds/cms-world.ts';
import { routes } from '../routes.ts';
import { stores } from '../stores.ts';

const { get, post } = await cmsWorld((clients) =>
  routes({ ...stores(clients), clock: clients.clock }),
);
const problem = (status: number, code: string, detail = '') => ({
  status,
  body: { status, code, detail: expect.stringContaining(detail) as string },
});
const url = '/api/v1/tenants';
const operator = 'platform olga tenants:create';
const globex = {
  tenantId: 'globex',
  name: 'Globex',
  currency: 'USD',
  timeZone: 'America/New_York',
};

describe('tenants', () => {
  it('are made by operators, once, whole, and found by their own people', async () => {
    const made = await post(url, globex, { bearer: operator, key: 'k-1' });
    const shown = { ...globex, status: 'ACTIVE', createdAt: expect.any(String) as string };
    expect(made).toEqual({ status: 201, location: `${url}/globex`, body: shown });
    expect(await post(url, globex, { bearer: operator, key: 'k-1' })).toEqual(made);
    expect(await post(url, globex, { bearer: 'platform oleg tenants:create' })).toEqual(made);
    expect(await post(url, { ...globex, name: 'Hooli' }, { bearer: operator })).toMatchObject(
      problem(409, 'tenant-exists', 'globex'),
    );
    expect(await get(`${url}/globex`, { bearer: 'globex gina cms:read' })).toMatchObject({
      status: 200,
      body: shown,
    });
    const programs = await get(`${url}/globex/programs`, { bearer: 'globex gina cms:read' });
    expect(programs.body).toMatchObject({ programs: [{ program: 'points', unit: 'POINTS' }] });
  });

  it('are neither made nor seen by others', async () => {
    expect(await post(url, { ...globex, tenantId: 'hooli' })).toMatchObject(
      problem(403, 'scope-missing', 'tenants:create'),
    );
    expect(await get(`${url}/other`)).toMatchObject(problem(403, 'tenant-forbidden'));
    expect(await get(`${url}/hooli`, { bearer: 'hooli h cms:read' })).toMatchObject(
      problem(404, 'tenant-not-found'),
    );
  });

  it.each([
    [{ tenantId: 'Globex' }, 'body tenantId: must be lower-case letters'],
    [{ currency: 'dollars' }, 'body currency: must be an ISO 4217 code'],
    [{ timeZone: 'Mars/Olympus' }, 'body timeZone: must be an IANA time zone'],
    [{ timeZone: undefined }, 'body timeZone: is missing'],
  ])('are refused with %j by the name of the field', async (change, words) => {
    expect(await post(url, { ...globex, ...change }, { bearer: operator })).toMatchObject(
      problem(400, 'invalid-request', words),
    );
  });
});
