/** Cohorts whose members join and leave by their actions. */

import { describe, expect, it } from 'vitest';
import { realTimeCohortsMax } from '#shared/domain/cohorts/cohort-rules.ts';
import { problem } from '#shared/testing/api-client.ts';
import { cmsWorld } from '#shared/testing/worlds/cms-world.ts';
import { routes } from '../routes.ts';
import { stores } from '../stores.ts';

const { ask, get, post, sql, base, stranger } = await cmsWorld((clients) =>
  routes({ ...stores(clients), clock: clients.clock }),
);
const url = '/api/v1/cohorts';

await ask('PUT', `${base}/actions/PURCHASE`, {
  body: { description: 'A purchase', fields: { amountMinor: { type: 'int', required: true } } },
});
const rules = {
  add: [{ action: 'PURCHASE', when: { name: 'large', when: 'event.amountMinor > 1000' } }],
  remove: [{ action: 'PURCHASE', when: { name: 'small', when: 'event.amountMinor < 10' } }],
  forSeconds: 3600,
};
const realTime = (cohort: string, fields: object = {}) => ({
  ...{ cohort, name: 'Spenders', kind: 'REAL_TIME', rules },
  ...fields,
});

describe('a real-time cohort', () => {
  it('is created with its rules, read, listed, updated and deleted', async () => {
    const made = await post(url, realTime('spenders'));
    const { location = '' } = made;
    expect(made).toMatchObject({ status: 201, body: { kind: 'REAL_TIME', rules, size: 0 } });
    const { body } = await get(url);
    expect(body).toMatchObject({ cohorts: [{ cohort: 'spenders', kind: 'REAL_TIME', rules }] });
    const others = { add: [{ action: 'PURCHASE' }], remove: [] };
    const put = (terms: object, ifMatch: string) =>
      ask('PUT', location, { body: { name: 'Buyers', ...terms }, ifMatch });
    expect(await put({ rules: others }, '"1"')).toMatchObject({
      status: 200,
      etag: '"2"',
      body: { rules: others },
    });
    expect(await put({}, '"2"')).toMatchObject(problem(409, 'cohort-of-other-kind'));
    expect(await ask('GET', location, { bearer: stranger })).toMatchObject(
      problem(404, 'cohort-not-found'),
    );
    expect(await ask('DELETE', location)).toMatchObject({ status: 204 });
  });

  it('shows who is a member now, and accepts no member by request', async () => {
    const { location = '' } = await post(url, realTime('seen'));
    await sql`
      insert into real_time_members (tenant_id, customer_id, cohort, periods, signals)
      select 'acme', 'u-' || n, 'seen', case when n < 3 then '{[2026-01-01Z,)}' else '{[2026-01-01Z,2026-01-02Z)}' end::tstzmultirange, '[]'
      from generate_series(0, 4) n`;
    const since = '2026-01-01T00:00:00.000Z';
    const members = ['u-0', 'u-1', 'u-2'].map((customerId) => ({ customerId, since, until: null }));
    expect(await get(location)).toMatchObject({ body: { size: 3 } });
    const page = await get(`${location}/members?limit=2`);
    expect(page).toMatchObject({ body: { members: members.slice(0, 2) } });
    const { nextCursor } = page.body as { nextCursor: string };
    expect(await get(`${location}/members?cursor=${nextCursor}`)).toMatchObject({
      body: { members: members.slice(2), nextCursor: null },
    });
    const byName = `${base}/cohorts/seen/members`;
    expect(await get(byName)).toMatchObject({ body: { members } });
    expect(await get(`${byName}/u-1`)).toMatchObject({ body: members[1] });
    expect(await get(`${byName}/u-4`)).toMatchObject(problem(404, 'member-not-found'));
    expect(await ask('PUT', `${byName}/u-9`, { body: {} })).toMatchObject(
      problem(409, 'cohort-of-other-kind', 'join and leave by their own actions'),
    );
    expect(await ask('DELETE', `${byName}/u-1`)).toMatchObject(
      problem(409, 'cohort-of-other-kind'),
    );
    expect(await post(`${location}/uploads`, { mode: 'add' })).toMatchObject(
      problem(409, 'cohort-not-static'),
    );
  });

  it.each<[object, string]>([
    [{ rules: undefined }, 'rules: is missing'],
    [{ kind: 'STATIC' }, 'rules: needs kind REAL_TIME'],
    [{ members: ['a'] }, 'members: needs kind STATIC'],
    [{ rules: { ...rules, add: [] } }, 'rules.add: must be a list of 1 to 10'],
    [{ rules: { add: [{ action: 'FLY' }] } }, 'rules.add.0.action: action FLY does not exist'],
    [
      {
        rules: {
          ...rules,
          remove: [{ action: 'PURCHASE', when: { name: 'x', when: 'event.y > 1' } }],
        },
      },
      'rules.remove.0.when.when: event.y is not a field of PURCHASE',
    ],
  ])('is refused with %j: %s', async (fields, detail) => {
    expect(await post(url, realTime('refused', fields))).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining(detail) as string },
    });
  });

  it('needs a unique name, and a tenant has a limited number', async () => {
    await post(url, { cohort: 'listed', name: 'Listed', members: ['a'] });
    await sql`insert into cohort_members (tenant_id, customer_id, cohort, since) values ('acme', 'a', 'by-hand', now())`;
    expect(await post(url, realTime('by-hand'))).toMatchObject(problem(409, 'cohort-in-use'));
    expect(await post(url, realTime('listed'))).toMatchObject({ status: 409 });
    await sql`
      insert into cohorts (tenant_id, cohort, name, kind, rules, created_by)
      select 'acme', 'many-' || n, 'Many', 'REAL_TIME', '{}', 'ann' from generate_series(1, ${realTimeCohortsMax}) n`;
    expect(await post(url, realTime('one-more'))).toMatchObject(problem(409, 'too-many-cohorts'));
  });
});
