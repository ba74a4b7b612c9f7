import { register } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import { campaignsPerEventMax } from '#shared/domain/campaigns/campaign-load.ts';
import { CampaignQualified, CampaignsHit } from '#shared/eventing/contracts/campaigns.ts';
import { incentiveIdOf } from '#shared/eventing/domain-event.ts';
import type { Outcome } from '#shared/runtime/events/event-handler.ts';
import { eventStore } from '#shared/stores/postgres/events/event-store.ts';
import convertQualifications from '#shared/stores/postgres/migrations/0013_convert_qualifications.sql';
import { codesOf, eventsOf } from '#shared/testing/deliver.ts';
import { actionWorld } from '#shared/testing/worlds/action-world.ts';
import { questTerms, simpleTerms } from '#shared/testing/worlds/campaigns.ts';
import { evaluateCampaign } from './handler.ts';
import { consequences } from './outcome.ts';

const now = new Date('2026-11-25T00:00:00Z');
const { sql, createTenant, createCampaign, changeCampaign, deliver } =
  await actionWorld(evaluateCampaign);
const events = eventStore(sql);

/** A purchase as a producer writes it; a test names only what it is about. */
const purchase = (tenantId: string, fields: object = {}) => ({
  tenantId,
  eventId: 'e-1',
  userId: 'u-1',
  action: 'PURCHASE',
  occurredAt: '2026-11-21T10:15:00Z',
  payload: { amountMinor: 125_050, category: 'books' },
  ...fields,
});

const typesOf = (outcome: Outcome | undefined) => eventsOf(outcome).map(({ type }) => type);

const decisionOf = async (tenantId: string, eventId = 'e-1') =>
  (await events.find({ tenantId, eventId }))?.decisions[0];

describe('an action', () => {
  it('whose record has left the database is acknowledged, publishes nothing and cannot be reversed', async () => {
    const tenantId = await createTenant();
    await createCampaign(tenantId, simpleTerms());
    expect(typesOf((await deliver([purchase(tenantId)]))[0])).not.toEqual([]);
    await sql`delete from events where tenant_id = ${tenantId}`;
    const [again, reversed] = await deliver([purchase(tenantId), toReversal(tenantId)]);
    expect(again).toEqual({ kind: 'done', domainEvents: [] });
    expect(codesOf([reversed!])).toEqual(['event-archived']);
    expect(await sql`select from events where tenant_id = ${tenantId}`).toHaveLength(0);
    expect(await sql`select from early_reversals where tenant_id = ${tenantId}`).toHaveLength(0);
  });

  it('is recorded with the decisions of campaigns, and publishes hits and qualifications', async () => {
    const tenantId = await createTenant();
    const large = await createCampaign(
      tenantId,
      simpleTerms({
        rule: { action: 'PURCHASE', when: { name: 'large', when: 'event.amountMinor > 100000' } },
      }),
    );
    const [one, other] = await deliver([
      purchase(tenantId, { deviceId: 'd-7' }),
      purchase(tenantId, { eventId: 'e-2', payload: { amountMinor: 5, category: 'books' } }),
    ]);
    const incentiveId = incentiveIdOf({ tenantId, campaignId: large }, { eventId: 'e-1' });
    expect(eventsOf(one)).toMatchObject([
      { type: CampaignsHit.type, data: { tenantId, hits: { [large]: 1 } } },
      {
        type: CampaignQualified.type,
        data: {
          entitlements: [
            {
              priority: 100,
              choices: [
                { incentiveId, campaignVersion: 1, reward: { type: 'POINTS', amount: 50 } },
              ],
            },
          ],
        },
      },
    ]);
    for (const [index, contract] of [CampaignsHit, CampaignQualified].entries())
      expect(contract.schema.safeParse(eventsOf(one)[index]?.data).error).toBeUndefined();
    expect(eventsOf(other)).toEqual([]);
    expect(await events.find({ tenantId, eventId: 'e-1' })).toMatchObject({
      event: { userId: 'u-1', schemaVersion: 1, extensions: { deviceId: 'd-7' } },
      decisions: [
        {
          campaignId: large,
          version: 1,
          outcome: 'qualified',
          incentiveIds: [incentiveId],
        },
      ],
      entitlements: [{ choices: [{ incentiveId, userId: 'u-1', eventId: 'e-1' }] }],
      reversedAt: undefined,
    });
    expect(await decisionOf(tenantId, 'e-2')).toBeUndefined();
    expect(await sql`select user_id from users where tenant_id = ${tenantId}`).toEqual([
      { userId: 'u-1' },
    ]);
  });

  it('leaves its qualifications in the outbox until they are published', async () => {
    const tenantId = await createTenant();
    await createCampaign(tenantId, simpleTerms());
    const waiting = async () =>
      (
        await sql`select fact->>'type' as type from outbox where fact->>'tenantId' = ${tenantId}`
      ).map(({ type }) => type as string);
    const evaluated = {
      event: { ...purchase(tenantId), occurredAt: now, cause: 'c' },
      givenAt: undefined,
      decisions: [],
      quests: [],
    };
    const qualification = {
      incentiveId: '6f9b1c52-5d0e-4a3e-9f5c-1a2b3c4d5e6f',
      tenantId,
      userId: 'u-1',
      campaignId: '6f9b1c52-5d0e-4a3e-9f5c-1a2b3c4d5e6f',
      campaignVersion: 1,
      eventId: 'e-1',
      reward: { type: 'COUPON', amount: 1, pool: 'summer' },
      qualifiedAt: now,
    } as const;
    const entitlements = [{ priority: 100, choices: [qualification] }];
    await events.record([{ ...evaluated, entitlements }], consequences);
    expect(await waiting()).toEqual([CampaignQualified.type]);
    const [replayed] = await deliver([purchase(tenantId, { occurredAt: now.toISOString() })]);
    expect(typesOf(replayed)).toEqual([CampaignQualified.type]);
    expect(await waiting()).toEqual([]);
  });

  it('that no campaign uses is recorded without decisions, whatever it contains', async () => {
    const tenantId = await createTenant();
    await createCampaign(tenantId, simpleTerms());
    const [done] = await deliver([
      purchase(tenantId, { action: 'WATCH_VIDEO', payload: { amountMinor: 'many' } }),
    ]);
    expect(done).toEqual({ kind: 'done', domainEvents: [] });
    expect(await events.find({ tenantId, eventId: 'e-1' })).toMatchObject({
      decisions: [],
      event: { payload: { amountMinor: 'many' }, schemaVersion: undefined },
    });
  });

  it.each([
    ['of an unknown tenant', { tenantId: 'nobody' }, 'unknown-tenant', 'nobody'],
    ['that does not fit', { payload: { amountMinor: 1.5 } }, 'invalid-payload', 'payload.category'],
    ['by a schema to come', { schemaVersion: 2 }, 'unknown-schema-version', '2'],
    [
      'of the future',
      { occurredAt: '2026-11-25T00:01:00.001Z' },
      'occurred-in-future',
      'dated 2026-11-25T00:01:00.001Z',
    ],
  ])('%s is refused alone', async (_what, fields, code, detail) => {
    const tenantId = await createTenant();
    const outcomes = await deliver([
      purchase(tenantId, { ...fields, eventId: 'bad' }),
      purchase(tenantId),
    ]);
    expect(codesOf(outcomes)).toEqual([code, 'done']);
    expect(outcomes[0]).toMatchObject({ message: expect.stringContaining(detail) as string });
    expect(await events.find({ tenantId, eventId: 'bad' })).toBeUndefined();
  });

  it.each([
    ['user', { userId: 'u-2' }, 'userId'],
    ['action', { action: 'WATCH_VIDEO' }, 'action'],
    ['time', { occurredAt: '2026-11-21T10:15:01Z' }, 'occurredAt'],
    ['payload', { payload: { amountMinor: 125_051, category: 'books' } }, 'payload'],
  ])('is refused where its id is recorded with another %s', async (_what, fields, field) => {
    const tenantId = await createTenant();
    const conflict = { code: 'event-conflict', message: expect.stringContaining(field) as string };
    const inOneBatch = await deliver([purchase(tenantId), purchase(tenantId, fields)]);
    expect(inOneBatch).toMatchObject([{ kind: 'done' }, conflict]);
    expect(await deliver([purchase(tenantId, fields), purchase(tenantId)])).toMatchObject([
      conflict,
      { kind: 'done' },
    ]);
  });

  it('is no conflict where only the order of fields differs, or it took the time of its record', async () => {
    const tenantId = await createTenant();
    await deliver([purchase(tenantId)]);
    const outcomes = await deliver([
      purchase(tenantId, { payload: { category: 'books', amountMinor: 125_050 } }),
      purchase(tenantId, { occurredAt: undefined }),
    ]);
    expect(codesOf(outcomes)).toEqual(['done', 'done']);
  });

  it('is evaluated once, by its campaigns as they were when it first came', async () => {
    const tenantId = await createTenant();
    const campaignId = await createCampaign(tenantId, simpleTerms());
    const [first] = await deliver([purchase(tenantId)]);
    await changeCampaign(tenantId, campaignId, {
      terms: simpleTerms({ reward: { type: 'COUPON', pool: 'summer' } }),
    });
    expect(await deliver([purchase(tenantId)])).toEqual([first]);
    const [next] = await deliver([purchase(tenantId, { eventId: 'e-2' })]);
    expect(eventsOf(next)[1]).toMatchObject({
      data: {
        entitlements: [{ choices: [{ campaignVersion: 2, reward: { type: 'COUPON' } }] }],
      },
    });
  });

  it('counts only while its campaign is active, from the notice on, in every pod', async () => {
    const tenantId = await createTenant();
    const campaignId = await createCampaign(tenantId, simpleTerms());
    const hitsOf = async (eventId: string) => {
      const outcomes = await Promise.all(
        [0, 1].map((pod) => deliver([purchase(tenantId, { eventId: `${eventId}-${pod}` })], pod)),
      );
      return outcomes.flat().map((outcome) => typesOf(outcome).length > 0);
    };
    expect(await hitsOf('a')).toEqual([true, true]);
    await changeCampaign(tenantId, campaignId, { status: 'PAUSED' });
    expect(await hitsOf('b')).toEqual([false, false]);
    await changeCampaign(tenantId, campaignId, { status: 'ACTIVE' });
    expect(await hitsOf('c')).toEqual([true, true]);
  });

  const ended = { endAt: new Date('2026-11-22T00:00:00Z') };
  it.each([
    ['counts where late ones count', { afterSeconds: 60, policy: 'count' }, {}, 'qualified'],
    ['does not where they are ignored', { afterSeconds: 60, policy: 'ignore' }, {}, undefined],
    ['counts after the end too', { afterSeconds: 60, policy: 'count' }, ended, 'qualified'],
    [
      'meets nobody long after the end',
      { afterSeconds: 60, policy: 'ignore' },
      longAgo(),
      undefined,
    ],
  ] as const)('that is late %s', async (_what, lateness, window, outcome) => {
    const tenantId = await createTenant();
    await createCampaign(tenantId, simpleTerms({ lateness, ...window }));
    await deliver([purchase(tenantId)]);
    expect((await decisionOf(tenantId))?.outcome).toBe(outcome);
  });

  it('counts for a cohort if its user was a member when it happened', async () => {
    const tenantId = await createTenant();
    await createCampaign(tenantId, simpleTerms({ cohort: 'gold' }));
    await sql`
      insert into cohort_members (tenant_id, customer_id, cohort, since, until) values
        (${tenantId}, 'u-1', 'gold', '2026-11-10Z', '2026-11-12Z'), (${tenantId}, 'u-1', 'silver', '2026-01-01Z', 'infinity'),
        (${tenantId}, 'u-2', 'gold', '2026-11-12Z', 'infinity')`;
    const at = (userId: string, day: number) =>
      purchase(tenantId, {
        eventId: `${userId}-${day}`,
        userId,
        occurredAt: `2026-11-${day}T00:00:00Z`,
      });
    await deliver([at('u-1', 10), at('u-1', 12), at('u-2', 11), at('u-2', 12), at('u-3', 12)]);
    const outcomes = await Promise.all(
      ['u-1-10', 'u-1-12', 'u-2-11', 'u-2-12', 'u-3-12'].map((id) => decisionOf(tenantId, id)),
    );
    expect(outcomes.map((decision) => decision?.outcome)).toEqual([
      'qualified',
      undefined,
      undefined,
      'qualified',
      undefined,
    ]);
  });

  it('entitles by priority, of SIMPLE campaigns and quests alike, in one event', async () => {
    const tenantId = await createTenant();
    const priorities = [5, 1, 4, 2];
    const ids: string[] = [];
    for (const priority of priorities)
      ids.push(await createCampaign(tenantId, simpleTerms({ priority })));
    const steps = [{ name: 'buy', action: 'PURCHASE', count: 1 }];
    const quest = { ...questTerms({ order: 'any', steps }), priority: 3 };
    ids.push(await createCampaign(tenantId, quest));
    const [done] = await deliver([purchase(tenantId)]);
    const order = [ids[1], ids[3], ids[4], ids[2], ids[0]].map((id) => [id]);
    expect(typesOf(done)).toEqual([CampaignsHit.type, CampaignQualified.type]);
    expect(campaignsIn(done)).toEqual(order);
    const [again] = await deliver([purchase(tenantId)], 1);
    expect(eventsOf(again)).toEqual(eventsOf(done));
  });

  it('counts for no more campaigns than it may, the first by priority', async () => {
    const tenantId = await createTenant();
    const ids: string[] = [];
    for (let priority = campaignsPerEventMax + 3; priority > 0; priority -= 1)
      ids.unshift(await createCampaign(tenantId, simpleTerms({ priority })));
    const counting = ids.slice(0, campaignsPerEventMax);
    const [done] = await deliver([purchase(tenantId)]);
    expect(campaignsIn(done)).toEqual(counting.map((id) => [id]));
    const { decisions } = (await events.find({ tenantId, eventId: 'e-1' }))!;
    expect(new Set(decisions.map(({ campaignId }) => campaignId))).toEqual(new Set(counting));
  });

  it('counts the decision of every campaign once, even if it is not recorded', async () => {
    register.resetMetrics();
    const tenantId = await createTenant();
    const when = (text: string) => ({
      rule: { action: 'PURCHASE', when: { name: text, when: text } },
    });
    const step = { name: 'buy', action: 'PURCHASE', count: 2 };
    const stacking = { group: 'g', policy: 'first' } as const;
    const endAt = new Date('2999-01-01T00:00:00Z');
    const late = { endAt, lateness: { afterSeconds: 60, policy: 'ignore' } } as const;
    const all = [
      simpleTerms(when('event.amountMinor == 125050')),
      simpleTerms(when('event.amountMinor == 1')),
      simpleTerms(when('event.amountMinor < 1')),
      simpleTerms(when('10 / (event.amountMinor - event.amountMinor) == 1')),
      simpleTerms({ cohort: 'gold' }),
      simpleTerms({ endAt: new Date('2026-11-02T00:00:00Z') }),
      simpleTerms(late),
      simpleTerms({ stacking, priority: 1 }),
      simpleTerms({ stacking, priority: 2 }),
      questTerms({ order: 'any', steps: [step] }),
    ];
    for (const terms of all) await createCampaign(tenantId, terms);
    await deliver([purchase(tenantId), purchase(tenantId, { eventId: 'e-2' }), purchase(tenantId)]);
    await deliver([purchase(tenantId)], 1);
    const valuesOf = async (name: string) => (await register.getSingleMetric(name)!.get()).values;
    const decisions = await valuesOf('guerdon_campaign_decisions_total');
    const made = decisions.filter(({ value }) => value > 0);
    expect(new Map(made.map(({ labels, value }) => [labels['outcome'], value]))).toEqual(
      new Map<unknown, number>([
        ['qualified', 5],
        ['progressed', 1],
        ['excluded', 2],
        ['no-match', 6],
        ['not-in-cohort', 2],
        ['outside-window', 2],
        ['too-late', 2],
      ]),
    );
    expect(await valuesOf('guerdon_clause_failures_total')).toMatchObject([{ value: 2 }]);
  });

  it('that was recorded before entitlements were introduced entitles to the same when it is redelivered', async () => {
    const tenantId = await createTenant();
    for (let campaigns = 0; campaigns < 2; campaigns += 1)
      await createCampaign(tenantId, simpleTerms());
    const [done] = await deliver([purchase(tenantId)]);
    await sql`
      update events set qualifications = jsonb_path_query_array(qualifications, '$[*].choices[0]')
      where tenant_id = ${tenantId}`;
    for (let runs = 0; runs < 2; runs += 1) await sql.unsafe(convertQualifications);
    const [again] = await deliver([purchase(tenantId)], 1);
    expect(eventsOf(again)).toEqual(eventsOf(done));
  });

  it('is rewarded once by a group of campaigns, and the decision of the other names the winner', async () => {
    const tenantId = await createTenant();
    const stacking = { group: 'g', policy: 'first' } as const;
    const winner = await createCampaign(tenantId, simpleTerms({ priority: 1, stacking }));
    const loser = await createCampaign(tenantId, simpleTerms({ priority: 2, stacking }));
    const [done] = await deliver([purchase(tenantId)]);
    expect(typesOf(done)).toEqual([CampaignsHit.type, CampaignQualified.type]);
    expect(campaignsIn(done)).toEqual([[winner, loser]]);
    const { decisions } = (await events.find({ tenantId, eventId: 'e-1' }))!;
    expect(new Map(decisions.map((each) => [each.campaignId, each]))).toMatchObject(
      new Map([
        [winner, { outcome: 'qualified' }],
        [loser, { outcome: 'excluded', excludedBy: winner }],
      ]),
    );
  });

  it('that is reversed requests the reversal of whichever choice of a group was issued', async () => {
    const tenantId = await createTenant();
    const stacking = { group: 'g', policy: 'first' } as const;
    for (const priority of [1, 2])
      await createCampaign(tenantId, simpleTerms({ priority, stacking }));
    const [done, reversed] = await deliver([purchase(tenantId), toReversal(tenantId)]);
    const asked = eventsOf(reversed).map(({ data }) => (data as { campaignId: string }).campaignId);
    expect(asked).toEqual(campaignsIn(done).flat());
    expect(asked).toHaveLength(2);
  });
});

/** That e-1 did not happen. */
function toReversal(tenantId: string) {
  return { tenantId, reversedEventId: 'e-1', reversedAt: now.toISOString() };
}

/** The campaigns that an action entitles to, as its event orders them. */
function campaignsIn(outcome: Outcome | undefined) {
  const domainEvent = eventsOf(outcome).find(({ type }) => type === CampaignQualified.type);
  const { entitlements } = CampaignQualified.schema.parse(domainEvent?.data);
  return entitlements.map(({ choices }) => choices.map(({ campaignId }) => campaignId));
}

/**
 * A window that ended so long before the time of the database that every event of it would be late.
 */
function longAgo(): Partial<Pick<CampaignTerms, 'startAt' | 'endAt'>> {
  return { startAt: new Date('2020-01-01Z'), endAt: new Date('2020-02-01Z') };
}
