import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { IncentiveReversalRequested } from '#shared/eventing/contracts/incentives.ts';
import { problem } from '#shared/testing/api-client.ts';
import {
  campaignDocument,
  lenient,
  purchaseDocument,
} from '#shared/testing/worlds/campaign-documents.ts';
import { cmsWorld } from '#shared/testing/worlds/cms-world.ts';
import { liveEvent, liveEvents } from '#shared/testing/worlds/live-events.ts';
import { routes } from '../routes.ts';
import { stores } from '../stores.ts';

const { ask, get, post, sql, base, stranger, world, published } = await cmsWorld((clients) =>
  routes({ ...stores(clients), clock: clients.clock }),
);
const { play } = liveEvents(sql);
const url = `${base}/incentives`;
const campaigns = '/api/v1/campaigns';
const ids = { simple: '', quest: '' };

const campaign = async (fields: object): Promise<string> => {
  const { body } = await post(campaigns, campaignDocument({ ...lenient, ...fields }));
  const campaignId = String(body['campaignId']);
  await post(`${campaigns}/${campaignId}:activate`);
  return campaignId;
};

beforeAll(async () => {
  await post(`${base}/programs`, { program: 'points', name: 'Points' });
  await ask('PUT', `${base}/actions/PURCHASE`, { body: purchaseDocument });
  await ask('PUT', `${base}/actions/VISIT`, { body: { description: 'A visit', fields: {} } });
  ids.simple = await campaign({ limits: { perUser: { maxTotal: 1 } } });
  ids.quest = await campaign({
    name: 'Visit twice, then buy',
    type: 'QUEST',
    rule: {
      steps: [
        { name: 'visits', action: 'VISIT', count: 2 },
        { name: 'buys', action: 'PURCHASE' },
      ],
      withinSeconds: 3_600,
    },
  });
});

let users = 0;
/** A new user with one issued incentive, and with `more` a refused one. */
const freshUser = async (more = false) => {
  const userId = `u-${(users += 1)}`;
  await play(liveEvent({ eventId: `${userId}-1`, userId }), world.now);
  const later = new Date(world.now.getTime() + 1_000);
  if (more) await play(liveEvent({ eventId: `${userId}-2`, userId }), later);
  const { incentives } = (await get(`${url}?userId=${userId}`)).body;
  const [newest] = incentives as { incentiveId: string }[];
  return { userId, incentiveId: newest?.incentiveId ?? '' };
};

describe('incentives', () => {
  it('are listed newest first, page by page, and found one by one', async () => {
    const { userId, incentiveId } = await freshUser(true);
    const own = `${url}?userId=${userId}`;
    const { body } = await get(`${own}&limit=1`);
    expect(body['incentives']).toMatchObject([{ status: 'REFUSED', eventId: `${userId}-2` }]);
    const rest = (await get(`${own}&limit=1&cursor=${String(body['nextCursor'])}`)).body;
    expect(rest).toMatchObject({ incentives: [{ status: 'ISSUED' }], nextCursor: null });
    expect(await get(`${url}/${incentiveId}`)).toMatchObject({
      status: 200,
      body: {
        incentiveId,
        userId,
        campaignId: ids.simple,
        campaignVersion: 1,
        reward: { type: 'POINTS', amount: 50, currency: 'POINTS', program: 'points' },
        refusedBy: { kind: 'cap', scope: 'CAMPAIGN_USER', max: 1, used: 1, asked: 1 },
        day: '2026-11-21',
        endedAt: null,
      },
    });
  });

  it('are filtered by user, campaign and status', async () => {
    const { userId } = await freshUser(true);
    const found = async (query: string) =>
      ((await get(`${url}?userId=${userId}&${query}`)).body['incentives'] as unknown[]).length;
    expect(await found('')).toBe(2);
    expect(await found('status=ISSUED')).toBe(1);
    expect(await found(`campaignId=${ids.simple}`)).toBe(2);
    expect(await found(`campaignId=${ids.quest}`)).toBe(0);
    expect(await get(`${url}?status=LOST`)).toMatchObject(
      problem(400, 'invalid-request', 'status'),
    );
  });

  it('are not found by another tenant, whose attempt is recorded', async () => {
    const { incentiveId } = await freshUser();
    const path = `/api/v1/tenants/other/incentives/${incentiveId}`;
    expect(await get(path, { bearer: stranger })).toMatchObject(
      problem(404, 'incentive-not-found'),
    );
    const audit =
      await sql`select tenant_id as tenant, after from audit_log where resource = ${`GET ${path}`}`;
    expect(audit).toEqual([{ tenant: 'other', after: { tenantId: 'acme' } }]);
    expect(await get(`${url}/${randomUUID()}`)).toMatchObject(problem(404, 'incentive-not-found'));
  });
});

describe('POST incentives:reverse', () => {
  const requested = (incentiveId: string) =>
    published
      .filter(({ type }) => type === IncentiveReversalRequested.type)
      .map(({ data }) => IncentiveReversalRequested.schema.parse(data))
      .filter((request) => request.incentiveId === incentiveId);
  const auditOf = (incentiveId: string) => sql`
    select subject, action, after from audit_log where resource = ${`incentives/${incentiveId}`}`;

  it('requests it through the Broker, once per request, and records who requested it and why', async () => {
    const { userId, incentiveId } = await freshUser();
    const reason = 'bought by mistake';
    const reverse = () => post(`${url}/${incentiveId}:reverse`, { reason }, { key: `k-${userId}` });
    expect(await reverse()).toMatchObject({ status: 202, body: { incentiveId, status: 'ISSUED' } });
    await sql`delete from idempotent_requests where key = ${`k-${userId}`}`;
    expect((await reverse()).status).toBe(202);
    expect(requested(incentiveId)[0]).toMatchObject({ userId, reason, requestedBy: 'ann' });
    const sent = published.filter(
      ({ type, partitionKey }) =>
        type === IncentiveReversalRequested.type && partitionKey === userId,
    );
    expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
    expect(await auditOf(incentiveId)).toEqual([
      { subject: 'ann', action: 'incentive.reversal-requested', after: { reason } },
    ]);
  });

  it('keeps the request for later while the Broker is unavailable', async () => {
    const { userId, incentiveId } = await freshUser();
    world.brokerIsDown = true;
    const answer = await post(`${url}/${incentiveId}:reverse`, { reason: 'x' });
    world.brokerIsDown = false;
    expect(answer.status).toBe(202);
    expect(requested(incentiveId)).toEqual([]);
    const waiting = await sql`select fact from outbox where fact ->> 'partitionKey' = ${userId}
      and fact ->> 'type' = ${IncentiveReversalRequested.type}`;
    expect(waiting).toHaveLength(1);
  });

  it('refuses to reverse what was never issued', async () => {
    const { incentiveId } = await freshUser(true);
    expect(await post(`${url}/${incentiveId}:reverse`, { reason: 'x' })).toMatchObject(
      problem(409, 'incentive-not-issued', 'The incentive is REFUSED'),
    );
    expect(await post(`${url}/${randomUUID()}:reverse`, { reason: 'x' })).toMatchObject(
      problem(404, 'incentive-not-found'),
    );
    expect(await post(`${url}/${incentiveId}:reverse`, {})).toMatchObject(
      problem(400, 'invalid-request', 'body reason: is missing'),
    );
    expect(await auditOf(incentiveId)).toEqual([]);
  });
});

describe('GET quests', () => {
  it('returns the progress of a user in the current attempt, and the number of completions', async () => {
    const userId = 'q-1';
    const path = `${base}/users/${userId}/quests/${ids.quest}`;
    const at = (minute: number) => new Date(Date.UTC(2026, 10, 21, 9, minute));
    const visit = (minute: number) =>
      play(
        liveEvent({
          ...{ eventId: `visit-${minute}`, userId, action: 'VISIT', payload: {} },
          occurredAt: at(minute),
        }),
        world.now,
      );
    const steps = (visits: number, purchases: number) => [
      { name: 'visits', action: 'VISIT', count: 2, done: visits },
      { name: 'buys', action: 'PURCHASE', count: 1, done: purchases },
    ];
    const shown = { campaignId: ids.quest, version: 1, userId, otherAccounts: [] };
    const nothing = { startedAt: null, endsBy: null, steps: steps(0, 0) };
    expect(await get(path)).toEqual({
      status: 200,
      body: { ...shown, completions: 0, current: nothing },
    });
    await visit(1);
    expect((await get(path)).body).toEqual({
      ...shown,
      completions: 0,
      current: {
        startedAt: at(1).toISOString(),
        endsBy: at(61).toISOString(),
        steps: steps(1, 0),
      },
    });
    await visit(2);
    await play(liveEvent({ eventId: 'q-buy', userId, occurredAt: at(3) }), world.now);
    expect((await get(path)).body).toMatchObject({ completions: 1, current: nothing });
  });

  it('shows the progress of all accounts of a customer, and rewards one of them under a cap per user', async () => {
    const quest = await campaign({
      ...{ name: 'One visit, once', type: 'QUEST', limits: { perUser: { maxTotal: 1 } } },
      rule: { steps: [{ name: 'visits', action: 'VISIT', count: 1 }] },
    });
    await sql`
      insert into carried_accounts (tenant_id, account_id, carried_to)
      values ('acme', 'q-old', 'q-home'), ('acme', 'q-idle', 'q-home')`;
    for (const [minute, userId] of ['q-old', 'q-home'].entries())
      await play(
        liveEvent({
          ...{ eventId: `visit-${userId}`, userId, action: 'VISIT', payload: {} },
          occurredAt: new Date(Date.UTC(2026, 10, 21, 9, minute)),
        }),
        world.now,
      );
    expect((await get(`${base}/users/q-home/quests/${quest}`)).body).toMatchObject({
      ...{ userId: 'q-home', completions: 1 },
      otherAccounts: [
        { userId: 'q-idle', completions: 0, current: { steps: [{ name: 'visits', done: 0 }] } },
        { userId: 'q-old', completions: 1 },
      ],
    });
    const { incentives } = (await get(`${url}?campaignId=${quest}`)).body;
    const given = incentives as { userId: string; status: string }[];
    expect(given.map(({ userId, status }) => `${userId} ${status}`).toSorted()).toEqual([
      'q-home REFUSED',
      'q-old ISSUED',
    ]);
  });

  it('is not found for a campaign without a quest, or an unknown one', async () => {
    expect(await get(`${base}/users/u/quests/${ids.simple}`)).toMatchObject(
      problem(404, 'no-quest'),
    );
    expect(await get(`${base}/users/u/quests/${randomUUID()}`)).toMatchObject(
      problem(404, 'campaign-not-found'),
    );
  });
});
