import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { problem } from '#shared/testing/api-client.ts';
import { campaignDocument, purchaseDocument } from '#shared/testing/worlds/campaign-documents.ts';
import { cmsWorld } from '#shared/testing/worlds/cms-world.ts';
import { routes } from '../routes.ts';
import { stores } from '../stores.ts';

const { ask, get, post, sql, base, stranger } = await cmsWorld((clients) =>
  routes({ ...stores(clients), clock: clients.clock }),
);
const url = '/api/v1/campaigns';

beforeAll(async () => {
  await post(`${base}/programs`, { program: 'points', name: 'Points' });
  await post(`${base}/programs`, { program: 'rupees', name: 'Money back', unit: 'INR' });
  await ask('PUT', `${base}/actions/PURCHASE`, { body: purchaseDocument });
  await sql`
    insert into cohort_members (tenant_id, cohort, customer_id, since) values ('acme', 'vip', 'c-1', now())`;
  await sql`
    insert into cohorts (tenant_id, cohort, name, kind, created_by) values ('acme', 'listed', 'Listed', 'STATIC', 'ann')`;
  await sql`insert into coupon_pools (tenant_id, pool, created_by) values ('acme', 'codes', 'ann')`;
});

/** A draft of the test's own, and its path. */
const draft = async (fields: object = {}) => {
  const made = await post(url, campaignDocument(fields));
  expect(made.status).toBe(201);
  return { ...made, location: made.location ?? '' };
};
const put = (path: string, body: unknown, ifMatch?: string) => ask('PUT', path, { body, ifMatch });

describe('campaigns', () => {
  it('are saved as drafts, once per request, with what was left out filled in', async () => {
    const made = await post(url, campaignDocument(), { key: 'k-1' });
    const { campaignId } = made.body;
    expect(made).toEqual({
      status: 201,
      location: `${url}/${String(campaignId)}`,
      etag: '"1"',
      body: {
        ...campaignDocument(),
        campaignId: expect.any(String) as string,
        tenantId: 'acme',
        version: 1,
        revision: 1,
        status: 'DRAFT',
        priority: 100,
        limits: {},
        lateness: { afterSeconds: 604_800, policy: 'ignore' },
        archivedAt: null,
        createdAt: expect.any(String) as string,
        createdBy: 'ann',
        updatedAt: expect.any(String) as string,
      },
    });
    expect(await post(url, campaignDocument(), { key: 'k-1' })).toEqual(made);
    const { location: _location, ...shown } = made;
    expect(await get(made.location ?? '')).toEqual({ ...shown, status: 200 });
  });

  it("belong to the token's tenant, which may be named", async () => {
    const own = await post(url, { tenantId: 'acme', ...campaignDocument() });
    expect(own).toMatchObject({ status: 201, body: { tenantId: 'acme' } });
    expect(await post(url, { tenantId: 'other', ...campaignDocument() })).toMatchObject(
      problem(403, 'tenant-forbidden'),
    );
    const nowhere = { bearer: 'nobody ann cms:write' };
    expect(await post(url, campaignDocument(), nowhere)).toMatchObject(
      problem(404, 'tenant-not-found'),
    );
  });

  it('are refused where a clause builds lists or costs too much, and so are payloads beyond the limits', async () => {
    const postClause = (when: string) =>
      post(url, campaignDocument({ rule: { action: 'PURCHASE', when: { name: 'x', when } } }));
    expect(await postClause('size([event.category].map(a, a).map(a, a)) > 0')).toMatchObject(
      problem(400, 'invalid-request', 'body rule.when.when: map() is not allowed'),
    );
    expect(await postClause('event.category.contains(event.category)')).toMatchObject(
      problem(400, 'invalid-request', 'body rule.when.when: costs up to 31504 units'),
    );
    const payload = { amountMinor: 1, category: 'a'.repeat(1_001) };
    const event = { action: 'PURCHASE', userId: 'c-1', payload };
    expect(await post('/api/v1/tenants/acme/evaluate', { event })).toMatchObject(
      problem(400, 'invalid-payload', 'event: payload.category must be a string of at most 1000'),
    );
  });

  it('are changed as a new version only with the ETag of the current one', async () => {
    const { location, body } = await draft();
    const other = campaignDocument({ name: 'Sixty points' });
    expect(await put(location, other)).toMatchObject(problem(428, 'if-match-missing'));
    expect(await put(location, other, '"7"')).toMatchObject(problem(412, 'campaign-changed'));
    const changed = await put(location, other, '"1"');
    expect(changed).toMatchObject({
      status: 200,
      etag: '"2"',
      body: { campaignId: body['campaignId'], version: 2, revision: 2, name: 'Sixty points' },
    });
    expect(await put(location, other, '"1"')).toMatchObject(problem(412, 'campaign-changed'));
    expect(await put(location, other, '"2"')).toEqual(changed);
    expect(await put(location, campaignDocument({ name: '' }), '"2"')).toMatchObject(
      problem(400, 'invalid-request', 'body name: must be 1 to 100 characters'),
    );
  });

  it('keep their versions, and show what changed between them', async () => {
    const { location } = await draft();
    const when = { all: [{ name: 'large', when: 'event.amountMinor >= 60000' }] };
    const limits = { budget: 5_000 };
    const second = { limits, rule: { action: 'PURCHASE', when } };
    await put(location, campaignDocument(second), '"1"');
    await put(location, campaignDocument(), '"2"');
    expect((await get(`${location}/versions/2`)).body).toMatchObject({
      version: 2,
      createdBy: 'ann',
      terms: { limits, rule: { when } },
    });
    const page = await get(`${location}/versions?limit=2`);
    expect(page.body['versions']).toMatchObject([{ version: 3 }, { version: 2 }]);
    const rest = await get(`${location}/versions?cursor=${String(page.body['nextCursor'])}`);
    expect(rest.body).toMatchObject({ versions: [{ version: 1 }], nextCursor: null });
    expect((await get(`${location}/diff?from=1&to=2`)).body).toEqual({
      from: 1,
      to: 2,
      changes: [
        { place: 'rule.when.name', before: 'large' },
        { place: 'rule.when.when', before: 'event.amountMinor >= 50000' },
        { place: 'rule.when.all', after: when.all },
        { place: 'limits.budget', after: 5_000 },
      ],
    });
    expect((await get(`${location}/diff?from=1&to=3`)).body).toMatchObject({ changes: [] });
    const none = problem(404, 'version-not-found');
    expect(await get(`${location}/versions/4`)).toMatchObject(none);
    expect(await get(`${location}/diff?from=1&to=4`)).toMatchObject(none);
  });

  it('are not found by other tenants, nor if they do not exist', async () => {
    const { location } = await draft();
    for (const [path, bearer] of [
      [location, stranger],
      [`${url}/${randomUUID()}`, undefined],
    ] as const) {
      const asking = bearer === undefined ? {} : { bearer };
      const unknown = problem(404, 'campaign-not-found');
      for (const read of ['', '/versions', '/versions/1', '/diff?from=1&to=1']) {
        expect(await get(`${path}${read}`, asking)).toMatchObject(unknown);
      }
      for (const verb of ['activate', 'pause', 'end', 'archive', 'copy']) {
        expect(await post(`${path}:${verb}`, {}, asking)).toMatchObject(unknown);
      }
      const body = campaignDocument();
      const changed = await ask('PUT', path, { ...asking, body, ifMatch: '"1"' });
      expect(changed).toMatchObject(unknown);
    }
    expect((await get(location)).body).toMatchObject({ revision: 1, status: 'DRAFT' });
    expect(await get(`${url}/7`)).toMatchObject(
      problem(400, 'invalid-request', 'campaignId: must be a UUID'),
    );
  });

  const points = (rest: object) => ({
    reward: { type: 'POINTS', amount: { kind: 'fixed', amount: 1 }, ...rest },
  });
  const cashback = (rest: object) => ({
    reward: { type: 'CASHBACK', currency: 'INR', amount: { kind: 'fixed', amount: 1 }, ...rest },
  });
  const rule = (when: string) => ({
    rule: { action: 'PURCHASE', when: { any: [{ name: 'it', when }] } },
  });
  const share = (field: string) =>
    cashback({ amount: { kind: 'share', field, basisPoints: 500, max: 100 } });

  it.each<[what: string, fields: object]>([
    ['into a program of points', points({ program: 'points' })],
    ['into a program of its currency', cashback({ program: 'rupees' })],
    ['that nobody credits', cashback({ currency: 'USD' })],
    ['of a share of a whole number', share('amountMinor')],
    ['of a pool', { reward: { type: 'COUPON', pool: 'codes' } }],
    ['for a cohort with members', { cohort: 'vip' }],
    ['for a cohort that was made', { cohort: 'listed' }],
    ['for an hour', rule('local.hour == 7')],
  ])('can give rewards %s', async (_what, fields) => {
    await draft(fields);
  });

  it.each<[what: string, fields: object, words: string]>([
    [
      'is over',
      { endAt: '2026-11-21T10:00:00Z' },
      'body endAt: is in the past: it is now 2026-11-21T10',
    ],
    [
      'asks for no action',
      { rule: { action: 'VISIT' } },
      'body rule.action: action VISIT does not exist',
    ],
    [
      'asks for no action in a step',
      {
        type: 'QUEST',
        rule: {
          steps: [
            { name: 'buy', action: 'PURCHASE' },
            { name: 'go', action: 'VISIT' },
          ],
        },
      },
      'body rule.steps.1.action: action VISIT does not exist',
    ],
    ['asks for no field', rule('event.amount > 1'), 'body rule.when.any.0.when: '],
    ['compares what cannot be', rule('event.category > 1'), 'body rule.when.any.0.when: '],
    ['says neither yes nor no', rule('event.amountMinor'), 'body rule.when.any.0.when: '],
    ['is no expression', rule('event.amountMinor >'), 'body rule.when.any.0.when: '],
    ['is for nobody', { cohort: 'none' }, 'body cohort: cohort none does not exist'],
    [
      'gives into no program',
      points({ program: 'none' }),
      'body reward.program: program none does not exist',
    ],
    [
      'gives points into money',
      points({ program: 'rupees' }),
      'body reward.program: program rupees is in INR, but the reward is in POINTS',
    ],
    [
      'gives one currency into another',
      cashback({ program: 'rupees', currency: 'USD' }),
      'body reward.program: program rupees is in INR, but the reward is in USD',
    ],
    [
      'gives no coupons',
      { reward: { type: 'COUPON', pool: 'none' } },
      'body reward.pool: coupon pool none does not exist',
    ],
    ['gives a share of a text', share('category'), 'body reward.amount.field: category is no'],
  ])('refuse a document that %s, with its path', async (_what, fields, words) => {
    expect(await post(url, campaignDocument(fields))).toMatchObject(
      problem(400, 'invalid-request', words),
    );
    const { location } = await draft();
    expect(await put(location, campaignDocument(fields), '"1"')).toMatchObject(
      problem(400, 'invalid-request', words),
    );
  });
});
