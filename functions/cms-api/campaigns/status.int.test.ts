import { beforeAll, describe, expect, it } from 'vitest';
import { campaignsPerActionMax } from '#shared/domain/campaigns/campaign-load.ts';
import { campaignIndex } from '#shared/stores/postgres/campaigns/campaign-index.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { changeNotices } from '#shared/stores/redis/change-notices.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { campaignChannel } from '#shared/stores/redis/driver/keys.ts';
import { problem } from '#shared/testing/api-client.ts';
import { campaignDocument, purchaseDocument } from '#shared/testing/worlds/campaign-documents.ts';
import { cmsWorld } from '#shared/testing/worlds/cms-world.ts';
import { routes } from '../routes.ts';
import { stores } from '../stores.ts';

const { ask, get, post, sql, redis, base, world, published, clientOn } = await cmsWorld((clients) =>
  routes({ ...stores(clients), clock: clients.clock }),
);
/** Notices take a moment; no test depends on how long. */
const url = '/api/v1/campaigns';
const start = world.now;

beforeAll(async () => {
  await post(`${base}/programs`, { program: 'points', name: 'Points' });
  for (const action of ['PURCHASE', 'VISIT']) {
    await ask('PUT', `${base}/actions/${action}`, { body: purchaseDocument });
  }
  await sql`insert into coupon_pools (tenant_id, pool, created_by) values ('acme', 'codes', 'ann')`;
});

const draft = async (fields: object = {}): Promise<string> => {
  const { location } = await post(url, campaignDocument(fields));
  return location ?? '';
};
const idOf = (location: string) => location.slice(url.length + 1);
const changesOf = (location: string) =>
  published
    .map(({ data }) => data as { campaignId: string; change: string })
    .filter(({ campaignId }) => campaignId === idOf(location));
const isEvaluated = async (location: string) => {
  const index = await campaignIndex(sql).load('acme');
  return index?.campaigns.some(({ campaignId }) => campaignId === idOf(location));
};

describe('a campaign', () => {
  it('is activated, paused, activated again, ended and archived, each once', async () => {
    const location = await draft();
    expect(await isEvaluated(location)).toBe(false);
    const steps = [
      ['activate', 'ACTIVE', 'activated', true],
      ['pause', 'PAUSED', 'paused', false],
      ['activate', 'ACTIVE', 'activated', true],
      ['end', 'ENDED', 'ended', false],
      ['archive', 'ENDED', 'archived', false],
    ] as const;
    for (const [verb, status, change, evaluated] of steps) {
      const done = await post(`${location}:${verb}`);
      expect(done).toMatchObject({ status: 200, body: { status } });
      expect(await post(`${location}:${verb}`)).toEqual(done);
      expect(changesOf(location).at(-1)).toMatchObject({
        change,
        status,
        version: 1,
        changedBy: 'ann',
      });
      expect(await isEvaluated(location)).toBe(evaluated);
    }
    expect(changesOf(location)).toHaveLength(steps.length + 1);
    const audit = await sql`
      select action, before, after from audit_log where resource = ${`campaigns/${idOf(location)}`} order by audit_no`;
    expect(audit.map(({ action }) => action as string)).toEqual(
      ['created', ...steps.map(([, , change]) => change)].map((change) => `campaign.${change}`),
    );
    expect(audit[1]).toMatchObject({ before: { status: 'DRAFT' }, after: { status: 'ACTIVE' } });
  });

  it('refuses what its status does not allow, naming both', async () => {
    const location = await draft();
    expect(await post(`${location}:pause`)).toMatchObject(
      problem(409, 'illegal-transition', 'A campaign that is DRAFT cannot become PAUSED'),
    );
    await post(`${location}:activate`);
    expect(await post(`${location}:archive`)).toMatchObject(
      problem(409, 'illegal-transition', 'A campaign that is ACTIVE cannot become archived'),
    );
    await post(`${location}:end`);
    expect(await post(`${location}:activate`)).toMatchObject(
      problem(409, 'illegal-transition', 'A campaign that is ENDED cannot become ACTIVE'),
    );
    const changed = await ask('PUT', location, { body: campaignDocument(), ifMatch: '"3"' });
    expect(changed).toMatchObject(problem(409, 'illegal-transition', 'ENDED'));
    await post(`${location}:archive`);
    expect(await post(`${location}:activate`)).toMatchObject(problem(409, 'campaign-archived'));
  });

  it('is changed only with its current ETag, if one is given', async () => {
    const location = await draft();
    expect(await post(`${location}:activate`, {}, { ifMatch: '"2"' })).toMatchObject(
      problem(412, 'campaign-changed'),
    );
    const activated = await post(`${location}:activate`, {}, { ifMatch: '"1"' });
    expect(activated).toMatchObject({ status: 200, etag: '"2"' });
  });

  it('follows another version at once while it is active', async () => {
    const location = await draft();
    await post(`${location}:activate`);
    const body = campaignDocument({ priority: 7 });
    const changed = await ask('PUT', location, { body, ifMatch: '"2"' });
    expect(changed).toMatchObject({ body: { status: 'ACTIVE', version: 2 } });
    const index = await campaignIndex(sql).load('acme');
    const found = index?.campaigns.find(({ campaignId }) => campaignId === idOf(location));
    expect(found).toMatchObject({ version: 2, terms: { priority: 7 } });
  });

  it('is activated only while its action has room for another campaign, one at a time', async () => {
    const walk = { rule: { action: 'WALK' }, reward: campaignDocument().reward };
    await ask('PUT', `${base}/actions/WALK`, { body: { description: 'Walked', fields: {} } });
    const locations = await Promise.all(Array.from({ length: 6 }, () => draft(walk)));
    await sql`
      insert into campaigns
        (campaign_id, tenant_id, name, type, start_at, end_at, status, rule_json, actions, version, created_by)
      select gen_random_uuid(), tenant_id, name, type, start_at, end_at, 'ACTIVE', rule_json, actions, 1, 'ann'
      from campaigns, generate_series(1, ${campaignsPerActionMax - 2}) where campaign_id = ${idOf(locations[0] ?? '')}`;
    const answers = await Promise.all(locations.map((location) => post(`${location}:activate`)));
    const refused = answers.filter(({ status }) => status !== 200);
    expect(refused).toHaveLength(4);
    for (const answer of refused) {
      expect(answer).toMatchObject(
        problem(
          409,
          'too-many-campaigns',
          `WALK has ${campaignsPerActionMax} active campaigns; the maximum is ${campaignsPerActionMax}`,
        ),
      );
    }
  });

  it('is activated and changed only as long as all clauses for its action stay within their cost', async () => {
    await ask('PUT', `${base}/actions/RUN`, {
      body: { description: 'Ran', fields: { place: { type: 'string', required: true } } },
    });
    const rule = (letters: number) => ({
      action: 'RUN',
      when: { name: 'far', when: `event.place.contains("${'a'.repeat(letters)}")` },
    });
    const first = await draft({ rule: rule(200) });
    expect(await post(`${first}:activate`)).toMatchObject({ status: 200 });
    const cheap = await draft({ rule: rule(1) });
    const dear = await draft({ rule: rule(200) });
    await sql`update campaigns set clause_costs = '{"RUN": 99500}' where campaign_id = ${idOf(first)}`;
    expect(await post(`${cheap}:activate`)).toMatchObject({ status: 200 });
    const message = 'The clauses of the active campaigns for RUN would cost';
    expect(await post(`${dear}:activate`)).toMatchObject(
      problem(409, 'too-many-campaigns', message),
    );
    const body = campaignDocument({ rule: rule(200) });
    expect(await ask('PUT', cheap, { body, ifMatch: '"2"' })).toMatchObject(
      problem(409, 'too-many-campaigns', message),
    );
  });

  it('has ended once its window is over, and cannot be activated then', async () => {
    const endAt = '2026-12-01T00:00:00Z';
    const active = await draft({ endAt });
    await post(`${active}:activate`);
    const paused = await draft({ endAt });
    world.now = new Date(endAt);
    expect((await get(active)).body).toMatchObject({ status: 'ENDED' });
    expect(await post(`${active}:pause`)).toMatchObject(problem(409, 'illegal-transition'));
    expect(await post(`${paused}:activate`)).toMatchObject(
      problem(409, 'campaign-not-working', 'endAt: is in the past'),
    );
    expect(await post(`${active}:archive`)).toMatchObject({ status: 200 });
    world.now = start;
  });

  it('is activated only while everything that it names exists', async () => {
    const location = await draft({ reward: { type: 'COUPON', pool: 'codes' } });
    await sql`delete from coupon_pools where pool = 'codes'`;
    expect(await post(`${location}:activate`)).toMatchObject(
      problem(409, 'campaign-not-working', 'reward.pool: coupon pool codes does not exist'),
    );
    await sql`insert into coupon_pools (tenant_id, pool, created_by) values ('acme', 'codes', 'ann')`;
    expect(await post(`${location}:activate`)).toMatchObject({ status: 200 });
  });

  it('is copied as a draft, once per request, whatever became of it', async () => {
    const location = await draft({ priority: 3 });
    await post(`${location}:activate`);
    await post(`${location}:end`);
    const copy = await post(`${location}:copy`, { name: 'Again' }, { key: 'copy' });
    expect(copy).toMatchObject({
      status: 201,
      body: { status: 'DRAFT', version: 1, name: 'Again', priority: 3 },
    });
    expect(copy.location).not.toBe(location);
    expect(await post(`${location}:copy`, { name: 'Again' }, { key: 'copy' })).toEqual(copy);
    const plain = await post(`${location}:copy`);
    expect(plain).toMatchObject({ body: { name: 'Fifty points' } });
  });

  it('notifies every pod when it changes', async () => {
    const notices = changeNotices(redis, campaignChannel);
    await expect.poll(() => notices.isListening()).toBe(true);
    const location = await draft();
    const before = notices.generation('acme');
    await post(`${location}:activate`);
    await expect.poll(() => notices.generation('acme')).not.toBe(before);
    await notices.close();
  });

  it('changes while Redis is unavailable, and publishes the change', async () => {
    const location = await draft();
    const nobodyThere = connectRedis('redis://127.0.0.1:1');
    const done = await clientOn(nobodyThere).post(`${location}:activate`);
    nobodyThere.disconnect();
    expect(done).toMatchObject({ status: 200, body: { status: 'ACTIVE' } });
    expect(changesOf(location)).toMatchObject([{ change: 'created' }, { change: 'activated' }]);
  });

  it('changes while the Broker is unavailable: the event waits in the outbox', async () => {
    const location = await draft();
    world.brokerIsDown = true;
    expect(await post(`${location}:activate`)).toMatchObject({ status: 200 });
    world.brokerIsDown = false;
    expect(changesOf(location)).toMatchObject([{ change: 'created' }]);
    expect(await outbox(sql).overdue(0, 1_000)).toContainEqual(
      expect.objectContaining({ partitionKey: idOf(location) }),
    );
  });
});

describe('lists of campaigns', () => {
  const list = async (query: string) => {
    const { campaigns } = (await get(`${base}/campaigns?${query}`)).body;
    return (campaigns as { name: string }[]).map(({ name }) => name);
  };
  const later = { startAt: '2026-12-01T00:00:00Z', endAt: '2026-12-05T00:00:00Z' };

  beforeAll(async () => {
    const steps = [{ name: 'go', action: 'VISIT' }];
    await draft({ name: 'L1 quest', type: 'QUEST', rule: { steps } });
    await post(`${await draft({ name: 'L2 now', endAt: later.startAt })}:activate`);
    await post(`${await draft({ name: 'L3 later', ...later })}:activate`);
    await post(`${await draft({ name: 'L4 paused' })}:activate`).then(({ body }) =>
      post(`${url}/${String(body['campaignId'])}:pause`),
    );
    await post(`${await draft({ name: 'L5 gone' })}:archive`);
  });

  it.each<[query: string, names: readonly string[]]>([
    ['', ['L4 paused', 'L3 later', 'L2 now', 'L1 quest']],
    ['status=DRAFT', ['L1 quest']],
    ['status=ACTIVE', ['L3 later', 'L2 now']],
    ['status=PAUSED', ['L4 paused']],
    ['type=QUEST', ['L1 quest']],
    ['action=VISIT', ['L1 quest']],
    ['status=ACTIVE&type=QUEST', []],
    ['activeAt=2026-12-01T00:00:00Z', ['L3 later']],
    ['activeAt=2026-11-30T23:59:59.999Z', ['L2 now']],
    ['archived=true', ['L5 gone']],
  ])('have the campaigns that pass %j', async (query, names) => {
    expect(await list(`name=l&${query}`)).toEqual(names);
  });

  it('list campaigns whose window is over as ended', async () => {
    world.now = new Date('2026-12-02T00:00:00Z');
    expect(await list('name=L&status=ENDED')).toEqual(['L2 now']);
    expect(await list('name=L&status=ACTIVE')).toEqual(['L3 later']);
    world.now = start;
  });

  it('come page by page, and only to their tenant', async () => {
    const first = await get(`${base}/campaigns?name=L&limit=3`);
    const cursor = String(first.body['nextCursor']);
    expect(await list(`name=L&limit=3&cursor=${cursor}`)).toEqual(['L1 quest']);
    const other = await get('/api/v1/tenants/other/campaigns', { bearer: 'other eve cms:read' });
    expect(other.body).toEqual({ campaigns: [], nextCursor: null });
  });

  it('are refused with the name of the filter', async () => {
    expect(await get(`${base}/campaigns?status=LIVE`)).toMatchObject(
      problem(400, 'invalid-request', 'query parameter status: must be DRAFT, ACTIVE, PAUSED or'),
    );
    expect(await get(`${base}/campaigns?cursor=x`)).toMatchObject(problem(400, 'invalid-request'));
  });

  it('are searched as they are evaluated', async () => {
    const search = async (query: string, bearer = 'acme ann cms:read') =>
      get(`${url}/search?${query}`, { bearer });
    const location = await draft({
      name: 'Searched',
      type: 'QUEST',
      rule: { steps: [{ name: 'go', action: 'VISIT' }] },
    });
    expect((await search('action=VISIT')).body).toEqual({ campaigns: [] });
    await post(`${location}:activate`);
    const found = [{ campaignId: idOf(location), version: 1, terms: { name: 'Searched' } }];
    expect((await search('tenantId=acme&action=VISIT')).body).toMatchObject({ campaigns: found });
    expect((await search('action=VISIT', 'other eve cms:read')).body).toEqual({ campaigns: [] });
    expect(await search('action=VISIT', 'nobody ann cms:read')).toMatchObject(
      problem(404, 'tenant-not-found'),
    );
    expect(await search('tenantId=other&action=VISIT')).toMatchObject(
      problem(403, 'tenant-forbidden'),
    );
    expect(await search('tenantId=acme')).toMatchObject(problem(400, 'invalid-request', 'action'));
  });
});
