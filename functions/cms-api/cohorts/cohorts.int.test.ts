import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { problem } from '#shared/testing/api-client.ts';
import { cmsWorld } from '#shared/testing/worlds/cms-world.ts';
import { routes } from '../routes.ts';
import { stores } from '../stores.ts';

const { ask, get, post, sql, base, stranger, world } = await cmsWorld((clients) =>
  routes({ ...stores(clients), clock: clients.clock }),
);
const url = '/api/v1/cohorts';

type Listed = Readonly<{ cohorts: readonly { cohort: string }[]; nextCursor: string }>;

let cohorts = 0;
/** Each test has a cohort of its own. */
const freshCohort = async (members: readonly string[] = []) => {
  const cohort = `c-${(cohorts += 1)}`;
  const made = await post(url, { cohort, name: 'VIP', members });
  const { location = '' } = made;
  const membersUrl = `${base}/cohorts/${cohort}/members`;
  return { made, location, cohort, membersUrl, resource: `cohorts/${cohort}/members` };
};
const auditOf = (resource: string) => sql`
  select tenant_id as tenant, subject, action, after from audit_log where resource = ${resource} order by audit_no`;
const at = (minutes: number) => new Date(Date.UTC(2026, 10, 21, 10, minutes));

describe('POST /cohorts', () => {
  it('makes a list of the token’s tenant with its first members, once per request', async () => {
    const body = { cohort: 'vip', name: 'VIP', kind: 'STATIC', members: ['a', 'b', 'a'] };
    const made = await post(url, body, { key: 'k-1' });
    const { cohortId } = made.body;
    const shown = { cohortId, cohort: 'vip', name: 'VIP', kind: 'STATIC', size: 2 };
    const path = `${url}/${String(cohortId)}`;
    expect(made).toMatchObject({ status: 201, location: path, body: shown });
    expect(await post(url, body, { key: 'k-1' })).toEqual(made);
    expect(await post(url, body)).toMatchObject(problem(409, 'cohort-exists'));
    expect(await get(path)).toMatchObject({ status: 200, etag: '"1"', body: shown });
    expect(await auditOf('cohorts/vip')).toEqual([
      {
        tenant: 'acme',
        subject: 'ann',
        action: 'cohort.created',
        after: { name: 'VIP', kind: 'STATIC', members: 3 },
      },
    ]);
  });

  it('finds what a request created whose answer was lost', async () => {
    const body = { cohort: 'lost', name: 'Lost', members: ['a'] };
    const made = await post(url, body, { key: 'k-2' });
    await sql`delete from idempotent_requests where key = 'k-2'`;
    expect(await post(url, body, { key: 'k-2' })).toEqual(made);
  });

  it.each([
    [{ cohort: 'x', name: 'X', kind: 'DYNAMIC' }, 'body definition: is missing'],
    [
      { cohort: 'x', name: 'X', members: Array.from({ length: 25 }, () => '') },
      'body members.19: must be 1 to 128 printable ASCII characters without spaces; and 5 more',
    ],
    [{ cohort: 'X', name: 'X' }, 'body cohort: must be lower-case letters'],
    [{ cohort: 'x', name: 'X', members: ['a b'] }, 'body members.0: must be 1 to 128 printable'],
    [
      { cohort: 'x', name: 'X', members: Array.from({ length: 10_001 }, String) },
      'body members: must be a list of 0 to 10000',
    ],
  ])('refuses %# by the name of the field', async (body, words) => {
    expect(await post(url, body)).toMatchObject(problem(400, 'invalid-request', words));
  });

  it('creates nothing for a tenant that does not exist', async () => {
    const body = { cohort: 'x', name: 'X' };
    const bearer = 'nobody ann cms:write';
    expect(await post(url, body, { bearer })).toMatchObject(problem(404, 'tenant-not-found'));
  });
});

describe('members of a cohort', () => {
  it('are the same by its id and by its name', async () => {
    const { location, membersUrl, resource } = await freshCohort(['a']);
    await ask('PUT', `${membersUrl}/b`, { body: {} });
    expect((await get(location)).body).toMatchObject({ size: 2 });
    expect(await post(`${location}/members`, { members: ['b', 'c', 'd', 'd'] })).toMatchObject({
      status: 200,
      body: { added: 2 },
    });
    const { members } = (await get(membersUrl)).body;
    expect(members).toMatchObject(
      ['a', 'b', 'c', 'd'].map((customerId) => ({ customerId, until: null })),
    );
    expect((await auditOf(resource)).at(-1)).toMatchObject({
      subject: 'ann',
      action: 'cohort-members.added',
      after: { added: 2 },
    });
  });

  it('are added once, also by concurrent uploads, and recorded only where something changed', async () => {
    const { location, resource } = await freshCohort();
    const members = Array.from({ length: 500 }, (_, index) => `m-${index}`);
    const upload = () => post(`${location}/members`, { members });
    const answers = await Promise.all(Array.from({ length: 8 }, upload));
    const added = answers.map(({ body }) => body['added'] as number);
    expect(added.toSorted((one, other) => one - other)).toEqual([0, 0, 0, 0, 0, 0, 0, 500]);
    expect(await auditOf(resource)).toHaveLength(1);
    expect((await get(location)).body).toMatchObject({ size: 500 });
  });

  it('stay what they were before, and begin in five minutes if they were to begin later', async () => {
    const { location, membersUrl, cohort } = await freshCohort(['stays', 'left', 'gone']);
    world.now = at(1);
    await ask('DELETE', `${membersUrl}/gone`);
    world.now = at(5);
    await ask('DELETE', `${membersUrl}/left`);
    await ask('PUT', `${membersUrl}/later`, { body: { since: at(60).toISOString() } });
    await post(`${location}/members`, { members: ['stays', 'left', 'gone', 'later'] });
    const periods = await sql`
      select customer_id as who, since, nullif(until, 'infinity') as until from cohort_members
      where cohort = ${cohort} order by customer_id, since`;
    expect(periods).toEqual([
      { who: 'gone', since: at(5), until: at(6) },
      { who: 'gone', since: at(10), until: null },
      { who: 'later', since: at(10), until: null },
      { who: 'left', since: at(5), until: null },
      { who: 'stays', since: at(5), until: null },
    ]);
    world.now = at(0);
  });
});

describe('managing cohorts', () => {
  it('lists them by name, in pages, and updates one only from its ETag', async () => {
    const bearer = stranger;
    const create = async (cohort: string) =>
      (await post(url, { cohort, name: cohort }, { bearer })).location ?? '';
    const [second] = [await create('list-b'), await create('list-a')];
    const first = (await get(`${url}?limit=1`, { bearer })).body as Listed;
    const next = (await get(`${url}?cursor=${first.nextCursor}`, { bearer })).body as Listed;
    expect([...first.cohorts, ...next.cohorts].map(({ cohort }) => cohort)).toEqual([
      'list-a',
      'list-b',
    ]);
    const body = { name: 'Renamed', description: 'for the spring' };
    const put = (ifMatch: string) => ask('PUT', second, { body, bearer, ifMatch });
    expect(await put('"1"')).toMatchObject({ status: 200, etag: '"2"', body });
    expect(await put('"1"')).toMatchObject({ status: 200, etag: '"2"' });
    const other = { body: { name: 'Other' }, bearer, ifMatch: '"1"' };
    expect(await ask('PUT', second, other)).toMatchObject(problem(412, 'cohort-changed'));
    expect(await ask('PUT', second, { body, ifMatch: '"2"' })).toMatchObject(
      problem(404, 'cohort-not-found'),
    );
    expect((await auditOf('cohorts/list-b')).at(-1)).toMatchObject({
      action: 'cohort.updated',
      after: body,
    });
  });

  it('lists the members at an instant, in pages', async () => {
    const { location, membersUrl } = await freshCohort(['a', 'b', 'c']);
    await ask('DELETE', `${membersUrl}/b`);
    world.now = at(1);
    await ask('DELETE', `${membersUrl}/c`);
    world.now = at(0);
    const idsAt = async (minutes: number, more = '') => {
      const { body } = await get(`${location}/members?at=${at(minutes).toISOString()}${more}`);
      return (body['members'] as { customerId: string }[]).map(({ customerId }) => customerId);
    };
    expect(await idsAt(4)).toEqual([]);
    expect(await idsAt(5)).toEqual(['a', 'c']);
    expect(await idsAt(6)).toEqual(['a']);
    expect(await idsAt(5, '&limit=1')).toEqual(['a']);
  });

  it('deletes permanently one that nothing uses, and names what still uses another', async () => {
    const { location, cohort, membersUrl } = await freshCohort(['a']);
    const campaignId = randomUUID();
    await sql`
      insert into campaigns (campaign_id, tenant_id, name, type, start_at, end_at, status, rule_json, actions, cohort, version, created_by)
      values (${campaignId}, 'acme', 'C', 'SIMPLE', now(), now() + interval '1 day', 'DRAFT', '{}', '{}', ${cohort}, 1, 'ann')`;
    expect(await ask('DELETE', location)).toMatchObject(problem(409, 'cohort-in-use', campaignId));
    await sql`update campaigns set status = 'ENDED' where campaign_id = ${campaignId}`;
    expect(await ask('DELETE', location)).toMatchObject({ status: 204 });
    expect(await ask('DELETE', location)).toMatchObject(problem(404, 'cohort-not-found'));
    expect(await get(location)).toMatchObject(problem(404, 'cohort-not-found'));
    expect(await get(membersUrl)).toMatchObject({ body: { members: [{ customerId: 'a' }] } });
    expect(await post(url, { cohort, name: 'Again' })).toMatchObject(problem(409, 'cohort-exists'));
    expect((await auditOf(`cohorts/${cohort}`)).at(-1)).toMatchObject({ action: 'cohort.deleted' });
  });
});

describe('a cohort', () => {
  it('is counted again on request, as of then', async () => {
    const { location, membersUrl } = await freshCohort(['a', 'b']);
    await ask('DELETE', `${membersUrl}/a`);
    expect(await post(`${location}:recompute`)).toMatchObject({
      status: 200,
      body: { size: 1, computedAt: at(0).toISOString() },
    });
  });

  it('is not found by another tenant, whose attempt is recorded and changes nothing', async () => {
    const { location } = await freshCohort(['a']);
    const tries = [
      ['GET', location],
      ['POST', `${location}:recompute`],
      ['POST', `${location}/members`],
    ] as const;
    for (const [method, path] of tries) {
      const body = { members: ['eve'] };
      const asked = { bearer: stranger, ...(method === 'POST' && { body }) };
      expect(await ask(method, path, asked)).toMatchObject(problem(404, 'cohort-not-found'));
      expect(await auditOf(`${method} ${path}`)).toEqual([
        { tenant: 'other', subject: 'eve', action: 'access.refused', after: { tenantId: 'acme' } },
      ]);
    }
    expect((await get(location)).body).toMatchObject({ size: 1 });
  });

  it('is not found under an unknown id, which is not recorded', async () => {
    const path = `${url}/${randomUUID()}`;
    expect(await get(path)).toMatchObject(problem(404, 'cohort-not-found'));
    expect(await auditOf(`GET ${path}`)).toEqual([]);
    expect(await get(`${url}/x`)).toMatchObject(problem(400, 'invalid-request', 'cohortId'));
  });
});
