import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
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

const { ask, post, sql, base, stranger, world } = await cmsWorld((clients) =>
  routes({ ...stores(clients), clock: clients.clock }),
);
const { play } = liveEvents(sql);
const url = `${base}/evaluate`;

beforeAll(async () => {
  await post(`${base}/programs`, { program: 'points', name: 'Points' });
  await ask('PUT', `${base}/actions/PURCHASE`, { body: purchaseDocument });
  await ask('PUT', `${base}/actions/VISIT`, { body: { description: 'A visit', fields: {} } });
  await post(`${base}/coupon-pools`, { pool: 'codes' });
});

/** Creates a campaign for the test. */
const campaign = async (fields: object, status: 'DRAFT' | 'ACTIVE' = 'DRAFT') => {
  const made = await post('/api/v1/campaigns', campaignDocument({ ...lenient, ...fields }));
  const { campaignId } = made.body as { campaignId: string };
  if (status === 'ACTIVE') await post(`/api/v1/campaigns/${campaignId}:activate`);
  return campaignId;
};
const purchase = {
  action: 'PURCHASE',
  userId: 'c-1',
  payload: { amountMinor: 60_000, category: 'a' },
};
type Decision = Readonly<{ campaignId: string; outcome: string; rewards: unknown[] }>;
const evaluate = async (body: object) => {
  const answer = await post(url, body);
  expect(answer.status).toBe(200);
  return answer.body as Readonly<{ decisions: readonly Decision[]; cohorts: string[] }>;
};
const fifty = {
  type: 'POINTS',
  amount: 50,
  currency: 'POINTS',
  program: 'points',
  couponCode: null,
  expiresAt: null,
};
const quest = (count: number) => ({
  type: 'QUEST',
  rule: {
    steps: [
      { name: 'visits', action: 'VISIT', count },
      { name: 'buys', action: 'PURCHASE' },
    ],
  },
});
/** The contents of the tables that events and rewards change. */
const rows = async () => {
  const [found] = await sql`
    select (select count(*) from events) as events, (select count(*) from users) as users,
      (select count(*) from user_aggregations) as steps, (select count(*) from quest_progress) as quests,
      (select count(*) from incentives) as incentives, (select count(*) from limit_usage) as usages,
      (select count(*) from points_ledger) as entries, (select count(*) from outbox) as facts,
      (select count(*) from coupon_codes where incentive_id is not null) as codes,
      (select count(*) from audit_log) as audit`;
  return found;
};

describe('POST evaluate', () => {
  it('shows what a campaign would decide, clause by clause, and what would be issued', async () => {
    const campaignId = await campaign({});
    const decision = {
      campaignId,
      version: 1,
      campaign: 'Fifty points',
      status: 'DRAFT',
      completions: null,
      excludedBy: null,
    };
    const asked = { name: 'large', when: 'event.amountMinor >= 50000', error: null };
    const step = { step: 0, name: 'action' };
    expect(await evaluate({ event: purchase, campaignIds: [campaignId] })).toEqual({
      occurredAt: world.now.toISOString(),
      cohorts: [],
      decisions: [
        {
          ...decision,
          outcome: 'qualified',
          sentence: 'The event met the clauses and qualified for the reward',
          steps: [{ ...step, met: true, clauses: [{ ...asked, result: 'yes' }] }],
          rewards: [{ reward: fifty, refusedBy: null }],
        },
      ],
    });
    const small = { ...purchase, payload: { amountMinor: 1, category: 'a' } };
    expect((await evaluate({ event: small, campaignIds: [campaignId] })).decisions).toEqual([
      {
        ...decision,
        outcome: 'no-match',
        sentence: 'The event did not meet the clauses: “large” was not met',
        steps: [{ ...step, met: false, clauses: [{ ...asked, result: 'no' }] }],
        rewards: [],
      },
    ]);
  });

  it('evaluates all active campaigns, the drafts too if requested, and no others', async () => {
    const active = await campaign({ name: 'Active' }, 'ACTIVE');
    const draft = await campaign({ name: 'Draft' });
    const visits = await campaign({ name: 'Visits', rule: { action: 'VISIT' } }, 'ACTIVE');
    const asked = async (body: object) => {
      const { decisions } = await evaluate({ event: purchase, ...body });
      const ids = decisions.map(({ campaignId }) => campaignId);
      return [active, draft, visits].map((id) => ids.includes(id));
    };
    expect(await asked({})).toEqual([true, false, false]);
    expect(await asked({ includeDrafts: true })).toEqual([true, true, false]);
    expect(await asked({ campaignIds: [draft, visits] })).toEqual([false, true, false]);
  });

  it('checks the current caps, for several rewards one after the other', async () => {
    const limits = { overall: { maxTotal: 1 } };
    const one = await campaign({ name: 'One', limits }, 'ACTIVE');
    const [first] = (await evaluate({ event: purchase, campaignIds: [one] })).decisions;
    expect(first?.rewards).toEqual([{ reward: fifty, refusedBy: null }]);
    await play(liveEvent({ eventId: 'cap-1', userId: 'c-9' }), world.now);
    const [second] = (await evaluate({ event: purchase, campaignIds: [one] })).decisions;
    const refusedBy = {
      kind: 'cap',
      scope: 'CAMPAIGN',
      period: 'total',
      max: 1,
      used: 1,
      asked: 1,
    };
    expect(second).toMatchObject({ outcome: 'qualified', rewards: [{ refusedBy }] });
    await post(`/api/v1/campaigns/${one}:pause`);
  });

  it('shows where a coupon or a program would be missing', async () => {
    const reward = { type: 'COUPON', pool: 'codes' };
    const coupon = await campaign({ name: 'Coupon', reward });
    const rewardOf = async () =>
      (await evaluate({ event: purchase, campaignIds: [coupon] })).decisions[0]?.rewards[0];
    expect(await rewardOf()).toMatchObject({ refusedBy: { kind: 'no-coupon', pool: 'codes' } });
    await post(`${base}/coupon-pools/codes/codes:import`, { codes: ['SECRET'] });
    expect(await rewardOf()).toMatchObject({
      reward: { type: 'COUPON', couponCode: null },
      refusedBy: null,
    });
  });

  it('counts an event for a quest together with what the user did', async () => {
    const campaignId = await campaign({ name: 'Quest', ...quest(2) }, 'ACTIVE');
    const tried = async (userId: string) =>
      (await evaluate({ event: { ...purchase, userId }, campaignIds: [campaignId] })).decisions;
    const visit = (eventId: string, minute: number) =>
      play(
        liveEvent({
          ...{ eventId, userId: 'q-1', action: 'VISIT', payload: {} },
          occurredAt: new Date(Date.UTC(2026, 10, 21, 9, minute)),
        }),
        world.now,
      );
    await visit('v-1', 0);
    expect(await tried('q-1')).toMatchObject([
      { outcome: 'progressed', completions: { before: 0, after: 0 }, rewards: [] },
    ]);
    await visit('v-2', 1);
    expect(await tried('q-1')).toMatchObject([
      {
        outcome: 'qualified',
        completions: { before: 0, after: 1 },
        rewards: [{ reward: fifty, refusedBy: null }],
      },
    ]);
    expect(await tried('q-2')).toMatchObject([{ completions: { before: 0, after: 0 } }]);
    await post(`/api/v1/campaigns/${campaignId}:pause`);
  });

  it("uses the user's cohorts at that time, or those that are named", async () => {
    await post('/api/v1/cohorts', { cohort: 'vip', name: 'VIP', members: ['c-vip'] });
    const campaignId = await campaign({ name: 'VIP', cohort: 'vip' });
    const outcome = async (userId: string, cohorts?: string[]) => {
      const occurredAt = '2026-11-21T10:05:00Z';
      const body = { event: { ...purchase, userId, occurredAt }, campaignIds: [campaignId] };
      const answer = await evaluate({ ...body, ...(cohorts && { cohorts }) });
      return answer.decisions[0]?.outcome;
    };
    expect(await outcome('c-vip')).toBe('qualified');
    expect(await outcome('c-1')).toBe('not-in-cohort');
    expect(await outcome('c-1', ['vip'])).toBe('qualified');
    expect(await outcome('c-vip', [])).toBe('not-in-cohort');
  });

  it('shows which campaign wins a stacking group, a draft against the active ones', async () => {
    const stacking = { group: 'one-of', policy: 'highest' };
    const less = await campaign({ name: 'Less', stacking });
    const reward = { type: 'POINTS', program: 'points', amount: { kind: 'fixed', amount: 60 } };
    const more = await campaign({ name: 'More', stacking, reward });
    const { decisions } = await evaluate({ event: purchase, campaignIds: [less, more] });
    expect(new Map(decisions.map(({ campaignId, ...rest }) => [campaignId, rest]))).toEqual(
      new Map([
        [less, expect.objectContaining({ outcome: 'excluded', excludedBy: more, rewards: [] })],
        [more, expect.objectContaining({ outcome: 'qualified' })],
      ]),
    );
  });

  it('evaluates a future event as of its time', async () => {
    const startAt = '2027-05-01T00:00:00.000Z';
    const campaignId = await campaign({ name: 'Next year', startAt });
    const at = (occurredAt: string) =>
      evaluate({ event: { ...purchase, occurredAt }, campaignIds: [campaignId] });
    expect((await at(startAt)).decisions).toMatchObject([{ outcome: 'qualified' }]);
    expect((await at('2027-04-30T23:59:59Z')).decisions).toMatchObject([
      { outcome: 'outside-window' },
    ]);
  });

  it('writes nothing', async () => {
    const before = await rows();
    const { decisions } = await evaluate({ event: purchase, includeDrafts: true });
    expect(decisions.filter(({ outcome }) => outcome === 'qualified').length).toBeGreaterThan(3);
    expect(await rows()).toEqual(before);
  });

  it('refuses what no campaign would ever evaluate, and names what is wrong', async () => {
    const wrong = { ...purchase, payload: { amountMinor: 'much' } };
    expect(await post(url, { event: wrong })).toMatchObject(
      problem(400, 'invalid-payload', 'payload.category is missing'),
    );
    expect(await post(url, { event: { ...purchase, action: 'buy' } })).toMatchObject(
      problem(400, 'invalid-request', 'body event.action'),
    );
    const campaignIds = [randomUUID()];
    expect(await post(url, { event: purchase, campaignIds })).toMatchObject(
      problem(404, 'campaign-not-found', campaignIds[0]),
    );
    const bearer = 'nobody ann cms:read';
    const nowhere = '/api/v1/tenants/nobody/evaluate';
    expect(await post(nowhere, { event: purchase }, { bearer })).toMatchObject(
      problem(404, 'tenant-not-found'),
    );
  });

  it('shows another tenant nothing of a campaign that it names, and records the attempt', async () => {
    const campaignId = await campaign({ name: 'Ours' });
    const asked = { event: purchase, campaignIds: [campaignId] };
    const theirs = '/api/v1/tenants/other/evaluate';
    expect(await post(theirs, asked, { bearer: stranger })).toMatchObject(
      problem(404, 'campaign-not-found'),
    );
    const audit =
      await sql`select tenant_id as tenant, after from audit_log where resource = ${`POST ${theirs}`}`;
    expect(audit).toEqual([{ tenant: 'other', after: { tenantId: 'acme' } }]);
  });
});
