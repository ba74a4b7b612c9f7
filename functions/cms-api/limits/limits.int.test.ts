import { describe, expect, it } from 'vitest';
import { problem } from '#shared/testing/api-client.ts';
import { cmsWorld } from '#shared/testing/worlds/cms-world.ts';
import { routes } from '../routes.ts';
import { stores } from '../stores.ts';

const { get, post, sql, base, world } = await cmsWorld((clients) =>
  routes({ ...stores(clients), clock: clients.clock }),
);
const nothing = { count: 0, amounts: {} };
const caps = {
  maxPerDay: 100,
  maxTotal: 1_000,
  windowDays: 2,
  amounts: { INR: { maxPerDay: 500_000 } },
};

describe('limits', () => {
  it('limit nothing at first, and are replaced as a whole', async () => {
    const first = await get(`${base}/limits`);
    expect(first).toEqual({
      status: 200,
      etag: '"0.0"',
      body: {
        tenantId: 'acme',
        limits: {},
        userLimits: {},
        usage: { date: '2026-11-21', day: nothing, total: nothing },
      },
    });
    const set = await post(`${base}/limits`, caps);
    expect(set).toMatchObject({ status: 200, etag: '"1.0"', body: { limits: caps } });
    expect(await post(`${base}/limits`, caps)).toMatchObject({ etag: '"1.0"' });
    const users = { maxPerDay: 1 };
    await post(`${base}/user-limits`, users, { ifMatch: '"1.0"' });
    const now = await get(`${base}/limits`);
    expect(now).toMatchObject({ etag: '"1.1"', body: { limits: caps, userLimits: users } });
    const late = await post(`${base}/limits`, { maxTotal: 7 }, { ifMatch: '"1.0"' });
    expect(late).toMatchObject(problem(412, 'limits-changed'));
    await post(`${base}/limits`, { maxTotal: 7 }, { ifMatch: '"1.1"' });
    expect((await get(`${base}/limits`)).body).toMatchObject({ userLimits: users });
    expect((await get(`${base}/limits`)).body['limits']).toEqual({ maxTotal: 7 });
  });

  it("show their usage on the tenant's local day", async () => {
    await post(`${base}/limits`, caps);
    const tally = (count: number) => ({ count, amounts: { INR: count * 100 } });
    await sql`
      insert into limit_usage (tenant_id, subject, day, unit, count, amount) values
        ('acme', 'tenant', '-infinity', 'INR', 9, 900), ('acme', 'tenant', '2026-11-20', 'INR', 1, 100),
        ('acme', 'tenant', '2026-11-21', 'INR', 2, 200), ('acme', 'tenant', '2026-11-22', 'INR', 4, 400)`;
    world.now = new Date('2026-11-21T18:29:59Z');
    expect((await get(`${base}/limits`)).body['usage']).toEqual({
      date: '2026-11-21',
      day: tally(2),
      total: tally(3),
    });
    world.now = new Date('2026-11-21T18:30:00Z');
    expect((await get(`${base}/limits`)).body['usage']).toEqual({
      date: '2026-11-22',
      day: tally(4),
      total: tally(6),
    });
  });

  it.each([
    [{ maxPerDay: -1 }, 'body maxPerDay: must be a whole number of at least 0'],
    [{ maxPerDay: 2, maxTotal: 1 }, 'body maxPerDay: must be at most 1, the maxTotal'],
    [{ windowDays: 367, maxTotal: 1 }, 'body windowDays: must be a whole number from 1 to 366'],
    [{ windowDays: 7 }, 'body windowDays: requires a maxTotal'],
    [{ amounts: { inr: {} } }, 'body amounts.inr: must be POINTS or an ISO 4217 code'],
    [{ max: 1 }, 'body: has no field max'],
  ])('are refused with %j by the name of the field', async (body, words) => {
    for (const path of ['limits', 'user-limits']) {
      const refused = await post(`${base}/${path}`, body);
      expect(refused).toMatchObject(problem(400, 'invalid-request', words));
    }
  });

  it('need a tenant that exists, and its own token', async () => {
    const bearer = 'nobody ann cms:read cms:write';
    const nowhere = '/api/v1/tenants/nobody';
    const unknown = problem(404, 'tenant-not-found');
    expect(await get(`${nowhere}/limits`, { bearer })).toMatchObject(unknown);
    expect(await post(`${nowhere}/limits`, {}, { bearer })).toMatchObject(unknown);
    expect(await post(`${nowhere}/user-limits`, {}, { bearer })).toMatchObject(unknown);
    expect(await post('/api/v1/tenants/other/limits', {})).toMatchObject(
      problem(403, 'tenant-forbidden'),
    );
  });
});
