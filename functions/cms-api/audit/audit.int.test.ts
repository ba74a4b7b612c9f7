import { expect, it } from 'vitest';
import { cmsWorld } from '#shared/testing/worlds/cms-world.ts';
import { routes } from '../routes.ts';
import { stores } from '../stores.ts';

const { ask, get, sql, base, stranger } = await cmsWorld((clients) =>
  routes({ ...stores(clients), clock: clients.clock }),
);
const url = `${base}/audit`;
await sql`
  insert into audit_log (tenant_id, subject, action, resource, after)
  select 'acme', subject, action, resource, '{"name": "VIP"}' from (values
    ('ann', 'cohort.created', 'cohorts/vip'), ('bob', 'cohort.created', 'cohorts/new'),
    ('ann', 'cohort-members.added', 'cohorts/vip/members'), ('ann', 'program.created', 'programs/miles')
  ) rows (subject, action, resource)`;
await sql`
  insert into audit_log (tenant_id, subject, action, resource) values ('other', 'eve', 'cohort.created', 'cohorts/vip')`;

const resources = async (query: string) => {
  const { entries, nextCursor } = (await get(`${url}${query}`)).body;
  return {
    found: (entries as { resource: string }[]).map(({ resource }) => resource),
    nextCursor: nextCursor as string | null,
  };
};

it('shows who did what, newest first, and nothing of another tenant', async () => {
  const { body } = await get(url);
  expect(body['entries']).toMatchObject([
    { resource: 'programs/miles' },
    { resource: 'cohorts/vip/members' },
    { resource: 'cohorts/new' },
    {
      resource: 'cohorts/vip',
      subject: 'ann',
      action: 'cohort.created',
      before: null,
      after: { name: 'VIP' },
    },
  ]);
});

it.each([
  ['?resource=cohorts/vip', ['cohorts/vip/members', 'cohorts/vip']],
  ['?subject=bob', ['cohorts/new']],
  ['?action=cohort.created', ['cohorts/new', 'cohorts/vip']],
  ['?action=cohort.created&subject=ann', ['cohorts/vip']],
  ['?resource=%25', []],
])('filters by %s', async (query, found) => {
  expect(await resources(query)).toEqual({ found, nextCursor: null });
});

it('continues page by page', async () => {
  const first = await resources('?limit=2');
  expect(first.found).toHaveLength(2);
  const next = await resources(`?limit=2&cursor=${String(first.nextCursor)}`);
  expect(next).toEqual({ found: ['cohorts/new', 'cohorts/vip'], nextCursor: null });
});

it('needs its own scope, and shows a refused attempt to the tenant that made it', async () => {
  expect(await ask('GET', url, { bearer: 'acme ann cms:read cms:write' })).toMatchObject({
    status: 403,
    body: { code: 'scope-missing' },
  });
  expect(await ask('GET', url, { bearer: stranger })).toMatchObject({ status: 403 });
  const theirs = await ask('GET', '/api/v1/tenants/other/audit?limit=1', { bearer: stranger });
  expect(theirs.body['entries']).toMatchObject([
    { subject: 'eve', action: 'access.refused', resource: `GET ${url}` },
  ]);
});
