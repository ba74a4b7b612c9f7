import { describe, expect, it } from 'vitest';
import { defaultRetention } from '#shared/domain/time/retention.ts';
import { problem } from '#shared/testing/api-client.ts';
import { cmsWorld } from '#shared/testing/worlds/cms-world.ts';
import { routes } from '../routes.ts';
import { stores } from '../stores.ts';

const { get, post } = await cmsWorld((clients) =>
  routes({ ...stores(clients), clock: clients.clock }),
);
const url = '/api/v1/tenants';
const operator = 'platform olga tenants:create';
const globex = {
  tenantId: 'globex',
  name: 'Globex',
  currency: 'USD',
  timeZone: 'America/New_York',
};

describe('tenants', () => {
  it('are created by operators, once and completely, and found with their own tokens', async () => {
    const made = await post(url, globex, { bearer: operator, key: 'k-1' });
    const shown = {
      ...globex,
      status: 'ACTIVE',
      retention: defaultRetention,
      createdAt: expect.any(String) as string,
    };
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

  it('set the retention of their records, and return to the defaults', async () => {
    const bearer = 'globex gina cms:read cms:write audit:read';
    const set = (body: object) => post(`${url}/globex/retention`, body, { bearer });
    const terms = { events: null, incentives: null, changeLog: 12 };
    const changed = { status: 200, body: { retention: { ...defaultRetention, ...terms } } };
    expect(await set(terms)).toMatchObject(changed);
    expect(await set(terms)).toMatchObject(changed);
    expect(await get(`${url}/globex`, { bearer })).toMatchObject(changed);
    const log = await get(`${url}/globex/audit?action=retention.set`, { bearer });
    expect(log.body).toMatchObject({ entries: [{ subject: 'gina', before: defaultRetention }] });
    expect(await set({ events: 25 })).toMatchObject(
      problem(400, 'invalid-request', 'body incentives: must be at least as long as events (25)'),
    );
    expect(await set({ changeLog: 0 })).toMatchObject(
      problem(400, 'invalid-request', 'body changeLog: must be a whole number from 1 to 1200'),
    );
    expect(await set({ ledger: 24 })).toMatchObject(
      problem(400, 'invalid-request', 'body ledger: must be a whole number from 25 to 1200'),
    );
    expect(await set({ lots: 3 })).toMatchObject(problem(400, 'invalid-request', 'lots'));
    expect(await set({})).toMatchObject({ status: 200, body: { retention: defaultRetention } });
    expect(
      await post(`${url}/nobody/retention`, {}, { bearer: 'nobody n cms:write' }),
    ).toMatchObject(problem(404, 'tenant-not-found'));
  });

  it('set defaults for notifications on phones, which replace those of the platform', async () => {
    const bearer = 'globex gina cms:read cms:write audit:read';
    const path = `${url}/globex/push-defaults`;
    const platform = { isOn: true, quietHours: null, hourlyMax: 10 };
    expect(await get(path, { bearer })).toEqual({
      status: 200,
      body: { ...platform, setBy: 'PLATFORM' },
    });
    const night = { quietHours: { from: 22, until: 7, then: 'drop' } };
    const own = { status: 200, body: { ...platform, ...night, setBy: 'TENANT' } };
    expect(await post(path, night, { bearer })).toEqual(own);
    expect(await post(path, night, { bearer })).toEqual(own);
    expect(await get(path, { bearer })).toEqual(own);
    const log = await get(`${url}/globex/audit?action=push-defaults.set`, { bearer });
    expect(log.body).toMatchObject({
      entries: [{ subject: 'gina', after: { isOn: true, hourlyMax: 10, ...night } }],
    });
    expect(await post(path, {}, { bearer })).toMatchObject({
      body: { ...platform, setBy: 'TENANT' },
    });
    expect(await post(path, { hourlyMax: -1 }, { bearer })).toMatchObject(
      problem(400, 'invalid-request', 'body hourlyMax: must be a whole number from 0 to 100'),
    );
    expect(await post(path, { timeZone: 'UTC' }, { bearer })).toMatchObject(
      problem(400, 'invalid-request', 'has no field timeZone'),
    );
    expect(await get(`${url}/nobody/push-defaults`, { bearer: 'nobody n cms:read' })).toMatchObject(
      problem(404, 'tenant-not-found'),
    );
  });

  it('are neither created nor seen by others', async () => {
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
