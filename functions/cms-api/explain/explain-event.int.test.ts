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

const { ask, get, post, sql, base, stranger, world } = await cmsWorld((clients) =>
  routes({ ...stores(clients), clock: clients.clock }),
);
const { play, record, reward } = liveEvents(sql);

beforeAll(async () => {
  await post(`${base}/programs`, { program: 'points', name: 'Points' });
  await ask('PUT', `${base}/actions/VISIT`, { body: { description: 'A visit', fields: {} } });
});

let actions = 0;
/** Each test has its own action, so that no campaign of another test uses it. */
const freshAction = async () => {
  const action = `PURCHASE_${(actions += 1)}`;
  await ask('PUT', `${base}/actions/${action}`, { body: purchaseDocument });
  return action;
};
const campaign = async (fields: object) => {
  const body = campaignDocument({ ...lenient, ...fields });
  const { campaignId } = (await post('/api/v1/campaigns', body)).body as { campaignId: string };
  const path = `/api/v1/campaigns/${campaignId}`;
  await post(`${path}:activate`);
  return { campaignId, path, body };
};
const explain = (eventId: string) => get(`${base}/events/${eventId}/explain`);
const asking = (action: string, when = 'event.amountMinor >= 50000') => ({
  rule: { action, when: { name: 'large', when } },
});

describe('GET explain', () => {
  it('answers 410 for an event whose record has been archived', async () => {
    const action = await freshAction();
    await play(liveEvent({ eventId: 'e-archived', action }), world.now);
    await sql`delete from events where event_id = 'e-archived'`;
    expect(await explain('e-archived')).toMatchObject(problem(410, 'event-archived', 'e-archived'));
  });

  it('explains what each campaign decided, by the version that decided', async () => {
    const action = await freshAction();
    const yes = await campaign({ name: 'Yes', ...asking(action) });
    const no = await campaign({ name: 'No', ...asking(action, 'event.amountMinor >= 900000') });
    await play(liveEvent({ eventId: 'e-1', action }), world.now);
    const { path } = yes;
    const { etag } = await get(path);
    const changed = { ...yes.body, ...asking(action, 'event.amountMinor >= 1') };
    await ask('PUT', path, { body: { ...changed, name: 'Renamed' }, ifMatch: etag });
    const { status, body } = await explain('e-1');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      event: { eventId: 'e-1', userId: 'c-1', action, payload: { amountMinor: 125_050 } },
      reversedAt: null,
      others: [],
      underWay: [],
    });
    const found = Map.groupBy(
      body['decisions'] as { campaignId: string }[],
      ({ campaignId }) => campaignId,
    );
    const clauses = [
      { name: 'large', when: 'event.amountMinor >= 50000', result: 'yes', error: null },
    ];
    expect(found.get(yes.campaignId)).toMatchObject([
      {
        version: 1,
        campaign: 'Yes',
        outcome: 'qualified',
        steps: [{ met: true, clauses }],
        incentiveIds: [expect.any(String)],
      },
    ]);
    expect(found.get(no.campaignId)).toMatchObject([
      {
        campaign: 'No',
        outcome: 'no-match',
        sentence: expect.stringContaining('“large” was not met') as string,
      },
    ]);
    expect(body['incentives']).toMatchObject([
      { campaignId: yes.campaignId, status: 'ISSUED', reward: { amount: 50 }, refusedBy: null },
    ]);
  });

  it('shows the campaign of a group that was rewarded because the one before it had nothing left', async () => {
    const action = await freshAction();
    const stacking = { group: 'season', policy: 'first' };
    const limits = { overall: { maxTotal: 1 } };
    const first = await campaign({ ...asking(action), stacking, limits, priority: 1 });
    const next = await campaign({ ...asking(action), stacking, priority: 2 });
    await play(liveEvent({ eventId: 'group-1', action }), world.now);
    await play(liveEvent({ eventId: 'group-2', action }), world.now);
    const outcomes = async (eventId: string) => {
      const { body } = await explain(eventId);
      const decisions = body['decisions'] as { campaignId: string; outcome: string }[];
      const of = ({ campaignId }: { campaignId: string }) =>
        decisions.find((decision) => decision.campaignId === campaignId)?.outcome;
      const given = body['incentives'] as { campaignId: string; status: string }[];
      const statusOf = ({ campaignId }: { campaignId: string }) =>
        given.find((incentive) => incentive.campaignId === campaignId)?.status;
      return [of(first), statusOf(first), of(next), statusOf(next), body['underWay']];
    };
    expect(await outcomes('group-1')).toEqual(['qualified', 'ISSUED', 'excluded', undefined, []]);
    expect(await outcomes('group-2')).toEqual(['qualified', 'REFUSED', 'qualified', 'ISSUED', []]);
  });

  it('shows the cap that was reached with its usage, and what check-limit has not decided yet', async () => {
    const action = await freshAction();
    const { campaignId } = await campaign({
      ...asking(action),
      limits: { perUser: { maxTotal: 1 } },
    });
    await play(liveEvent({ eventId: 'cap-1', action }), world.now);
    const qualified = await record(liveEvent({ eventId: 'cap-2', action }), world.now);
    const [waiting] = qualified;
    expect((await explain('cap-2')).body).toMatchObject({
      incentives: [],
      underWay: [waiting?.choices[0]?.incentiveId],
    });
    await reward(qualified, world.now);
    expect((await explain('cap-2')).body).toMatchObject({
      incentives: [
        {
          campaignId,
          status: 'REFUSED',
          refusedBy: { kind: 'cap', scope: 'CAMPAIGN_USER', max: 1, used: 1, asked: 1 },
        },
      ],
      underWay: [],
    });
  });

  it('names campaigns that decided nothing, because they did not exist yet or were not active', async () => {
    const action = await freshAction();
    const paused = await campaign({ name: 'Paused', ...asking(action) });
    await post(`${paused.path}:pause`);
    await play(liveEvent({ eventId: 'silent-1', action }), world.now);
    const late = await campaign({ name: 'Late', ...asking(action) });
    await post('/api/v1/campaigns', campaignDocument({ name: 'Draft', ...asking(action) }));
    const { body } = await explain('silent-1');
    expect(body['decisions']).toEqual([]);
    expect(body['others']).toEqual([
      {
        campaignId: late.campaignId,
        campaign: 'Late',
        sentence: expect.stringMatching(
          /^The campaign was created at .*, after the event arrived$/,
        ) as string,
      },
      {
        campaignId: paused.campaignId,
        campaign: 'Paused',
        sentence: 'The campaign was not active when the event arrived, or did not use its action',
      },
    ]);
  });

  it('explains a quest that a late event started and another one completed', async () => {
    const action = await freshAction();
    const steps = [
      { name: 'visits', action: 'VISIT' },
      { name: 'buys', action },
    ];
    const { campaignId } = await campaign({ type: 'QUEST', rule: { steps } });
    const at = (minute: number) => new Date(Date.UTC(2026, 10, 21, 9, minute));
    await play(liveEvent({ eventId: 'buy', action, occurredAt: at(5) }), world.now);
    const visit = { eventId: 'visit', action: 'VISIT', payload: {}, occurredAt: at(1) };
    await play(liveEvent(visit), world.now);
    expect((await explain('buy')).body).toMatchObject({
      decisions: [{ campaignId, outcome: 'progressed' }],
      incentives: [{ status: 'ISSUED', eventId: 'buy' }],
    });
    expect((await explain('visit')).body).toMatchObject({
      decisions: [{ campaignId, outcome: 'qualified', incentiveIds: [expect.any(String)] }],
      incentives: [{ status: 'ISSUED', eventId: 'buy' }],
    });
  });

  it('explains an event that was reversed, also before it arrived', async () => {
    const action = await freshAction();
    await campaign(asking(action));
    const then = world.now;
    await sql`
      insert into early_reversals (tenant_id, event_id, cause, reversed_at) values ('acme', 'early', 'test', ${then})`;
    await play(liveEvent({ eventId: 'early', action }), then);
    expect((await explain('early')).body).toMatchObject({
      reversedAt: then.toISOString(),
      decisions: [],
      others: [{ sentence: expect.any(String) as string }],
    });
  });

  it('is not found for an unknown event, nor by another tenant, whose attempt is recorded', async () => {
    expect(await explain('none')).toMatchObject(problem(404, 'event-not-found'));
    const path = `${base}/events/e-1/explain`;
    expect(await get(path, { bearer: stranger })).toMatchObject(problem(403, 'tenant-forbidden'));
    const audit = await sql`select after from audit_log where resource = ${`GET ${path}`}`;
    expect(audit).toEqual([{ after: { tenantId: 'acme' } }]);
  });
});
