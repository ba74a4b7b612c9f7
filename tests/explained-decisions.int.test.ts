/** What cms-api explains of events that evaluate-campaign recorded, whatever has changed since. */

import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateAgain } from '#functions/cms-api/explain/decide.ts';
import { evaluateCampaign } from '#functions/evaluate-campaign/handler.ts';
import { consequences } from '#functions/evaluate-campaign/outcome.ts';
import { assert } from '#shared/domain/assert.ts';
import { completeDecisions } from '#shared/domain/campaigns/complete-decisions.ts';
import { evaluateEvent } from '#shared/domain/campaigns/evaluate-event.ts';
import { incentiveIdOf } from '#shared/eventing/domain-event.ts';
import { compileCampaign } from '#shared/rules/compile-campaigns.ts';
import { actionStore } from '#shared/stores/postgres/campaigns/action-store.ts';
import { campaignHistory } from '#shared/stores/postgres/campaigns/campaign-history.ts';
import { campaignIndex } from '#shared/stores/postgres/campaigns/campaign-index.ts';
import { findCampaignSet } from '#shared/stores/postgres/campaigns/campaign-sets.ts';
import { eventStore } from '#shared/stores/postgres/events/event-store.ts';
import { runs } from '#shared/testing/runs.ts';
import { actionWorld } from '#shared/testing/worlds/action-world.ts';
import { purchaseSchema, simpleTerms } from '#shared/testing/worlds/campaigns.ts';
import { purchasePayloads } from '#shared/testing/worlds/clauses.ts';
import { campaignTermsLists } from '#shared/testing/worlds/random-campaigns.ts';

const now = new Date('2026-11-21T10:15:30Z');
const occurredAt = new Date('2026-11-21T10:15:00Z');
const userId = 'u-1';
const { sql, createTenant, createCampaign, changeCampaign, deliver } = await actionWorld((parts) =>
  evaluateCampaign({ ...parts, clock: () => now }),
);
const events = eventStore(sql);
const stores = {
  actions: actionStore(sql),
  campaignHistory: campaignHistory(sql),
  findCampaignSet: findCampaignSet(sql),
};

const storedEvent = async (tenantId: string, eventId: string) => {
  const stored = await events.find({ tenantId, eventId });
  assert(stored, `event ${eventId} is stored`);
  return stored;
};

/** The decisions of every campaign that is active now, evaluated one by one. */
const wholeTrace = async (tenantId: string, eventId: string, cohorts: readonly string[]) => {
  const stored = await storedEvent(tenantId, eventId);
  const index = await campaignIndex(sql).load(tenantId, 'PURCHASE');
  assert(index, 'the tenant is there');
  const campaigns = index.campaigns.map((campaign) =>
    compileCampaign(campaign, index.schemas, index.tenant.timeZone),
  );
  const context = { now, cohorts: new Set(cohorts), incentiveIdOf };
  const { decisions } = evaluateEvent(campaigns, stored.event, context);
  return completeDecisions(stored.decisions, decisions);
};

/** A quarter to four in the afternoon in Kolkata is the morning in New York. */
const afternoon = simpleTerms({
  rule: { action: 'PURCHASE', when: { name: 'afternoon', when: 'local.hour == 15' } },
});

/** Changes everything that decides how an event of the tenant is evaluated from now on. */
const changeEverything = async (tenantId: string, campaignIds: readonly string[]) => {
  for (const [index, campaignId] of campaignIds.entries())
    await (index % 2 === 0
      ? changeCampaign(tenantId, campaignId, { terms: simpleTerms({ name: `New ${index}` }) })
      : changeCampaign(tenantId, campaignId, { status: 'ENDED' }));
  await sql`update campaigns set archived_at = now() where tenant_id = ${tenantId} and status = 'ENDED'`;
  await createCampaign(tenantId, simpleTerms({ name: 'Another' }));
  await sql`delete from cohort_members where tenant_id = ${tenantId}`;
  await sql`
    insert into cohort_members (tenant_id, customer_id, cohort, since, until)
    values (${tenantId}, ${userId}, 'silver', '2026-01-01Z', 'infinity')`;
  await sql`update tenants set time_zone = 'America/New_York' where tenant_id = ${tenantId}`;
  const fields = { ...purchaseSchema.fields, nothing: { type: 'int', required: false } };
  await sql`
    insert into actions (tenant_id, action_code, version, description, fields, created_by)
    values (${tenantId}, 'PURCHASE', 2, 'With another field', ${sql.json(fields)}, 'test')`;
};

describe('the decisions of an event', () => {
  it('are explained as they were made, also after campaigns, cohorts, schema and time zone have changed', async () => {
    await fc.assert(
      fc.asyncProperty(
        campaignTermsLists,
        fc.array(purchasePayloads, { minLength: 1, maxLength: 3 }),
        fc.subarray(['gold', 'silver']),
        async (terms, payloads, cohorts) => {
          const tenantId = await createTenant();
          const campaignIds: string[] = [];
          for (const each of [afternoon, ...terms])
            campaignIds.push(await createCampaign(tenantId, each));
          for (const cohort of cohorts)
            await sql`
              insert into cohort_members (tenant_id, customer_id, cohort, since, until)
              values (${tenantId}, ${userId}, ${cohort}, '2026-01-01Z', 'infinity')`;
          const actions = payloads.map((payload, index) => ({
            ...{ tenantId, userId, eventId: `e-${index}`, action: 'PURCHASE', payload },
            occurredAt: occurredAt.toISOString(),
          }));
          await deliver(actions);
          const made = await Promise.all(
            actions.map(({ eventId }) => wholeTrace(tenantId, eventId, cohorts)),
          );
          await changeEverything(tenantId, campaignIds);
          for (const [index, { eventId }] of actions.entries())
            expect(await evaluateAgain(stores, await storedEvent(tenantId, eventId))).toEqual(
              made[index],
            );
        },
      ),
      { numRuns: runs(10) },
    );
  });

  it('are recorded only for campaigns that it counts for, however many candidates there are', async () => {
    const tenantId = await createTenant();
    const when = (amountMinor: number) => ({
      name: 'exact',
      when: `event.amountMinor == ${amountMinor}`,
    });
    for (let amountMinor = 0; amountMinor < 50; amountMinor += 1)
      await createCampaign(
        tenantId,
        simpleTerms({ rule: { action: 'PURCHASE', when: when(amountMinor) } }),
      );
    const payload = { amountMinor: 7, category: 'books' };
    const action = {
      tenantId,
      userId,
      action: 'PURCHASE',
      payload,
      occurredAt: occurredAt.toISOString(),
    };
    await deliver([
      { ...action, eventId: 'e-1' },
      { ...action, eventId: 'e-2' },
    ]);
    const stored = await storedEvent(tenantId, 'e-1');
    expect(stored.decisions).toMatchObject([{ outcome: 'qualified' }]);
    expect(await evaluateAgain(stores, stored)).toHaveLength(50);
    const sets = await sql`select from campaign_sets where tenant_id = ${tenantId}`;
    expect(sets).toHaveLength(1);
  });

  it('are those in its row if it was recorded with all of them', async () => {
    const tenantId = await createTenant();
    const steps = [{ step: 0, clauses: ['no', 'skipped'] as const }];
    const decision = { campaignId: randomUUID(), version: 1, outcome: 'no-match', steps } as const;
    const event = {
      tenantId,
      userId,
      eventId: 'old',
      action: 'PURCHASE',
      payload: {},
      occurredAt,
      cause: 'test',
    };
    const evaluated = {
      event,
      givenAt: occurredAt,
      decisions: [decision],
      entitlements: [],
      quests: [],
    };
    await events.record([evaluated], consequences);
    expect(await evaluateAgain(stores, await storedEvent(tenantId, 'old'))).toEqual([decision]);
  });

  it('are not recomputed by another version of the engine', async () => {
    const tenantId = await createTenant();
    await createCampaign(tenantId, simpleTerms());
    const payload = { amountMinor: 7, category: 'books' };
    await deliver([
      {
        tenantId,
        userId,
        eventId: 'e-1',
        action: 'PURCHASE',
        payload,
        occurredAt: occurredAt.toISOString(),
      } as never,
    ]);
    await sql`update campaign_sets set engine = 0 where tenant_id = ${tenantId}`;
    await expect(evaluateAgain(stores, await storedEvent(tenantId, 'e-1'))).rejects.toMatchObject({
      code: 'other-engine',
    });
  });
});
