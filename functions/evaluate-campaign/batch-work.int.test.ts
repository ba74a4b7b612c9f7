import { expect, it } from 'vitest';
import type { CampaignTerms } from '#shared/domain/campaigns/campaign.ts';
import { CampaignQualified, CampaignsHit } from '#shared/eventing/contracts/campaigns.ts';
import { campaignCache } from '#shared/rules/campaign-cache.ts';
import { campaignIndex } from '#shared/stores/postgres/campaigns/campaign-index.ts';
import { cohortMemberships } from '#shared/stores/postgres/cohorts/cohort-memberships.ts';
import { eventStore } from '#shared/stores/postgres/events/event-store.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { recordedStatements } from '#shared/testing/recorded-statements.ts';
import { actionWorld, eventsOf } from '#shared/testing/worlds/action-world.ts';
import { questTerms, simpleTerms } from '#shared/testing/worlds/campaigns.ts';
import { evaluateCampaign } from './handler.ts';

const { sql, createTenant, createCampaign, deliver } = await actionWorld((clients) =>
  evaluateCampaign({
    questCache: { forget: () => Promise.resolve() },
    campaigns: campaignCache({ ...campaignIndex(clients.sql), notices: clients.notices }),
    memberships: cohortMemberships(clients.sql),
    events: eventStore(clients.sql),
    outbox: outbox(clients.sql),
    clock: () => new Date('2026-11-25T00:00:00Z'),
    batchItemsMax: 100,
  }),
);
const statements = recordedStatements(sql);

const step = { action: 'VISIT', count: 2, name: 'twice' };
const quest = questTerms({ order: 'ordered', steps: [step] });
const simple = simpleTerms({ rule: { action: 'VISIT' } });

it.each<[string, CampaignTerms, number, number]>([
  ['records, looks for reversals and empties the outbox', simple, 2, 3],
  ['locks, records, writes and commits quests that are completed', quest, 1, 16],
])('a batch of any size takes the same statements: %s', async (_what, terms, each, count) => {
  const tenantId = await createTenant([]);
  await createCampaign(tenantId, terms);
  let users = 0;
  /** The statements of a batch in which so many new users act twice, and each qualifies. */
  const statementsFor = async (userCount: number) => {
    const actions = Array.from({ length: userCount }, () => `u-${(users += 1)}`).flatMap((userId) =>
      [1, 2].map((second) => ({
        ...{ tenantId, userId, action: 'VISIT', eventId: `${userId}-${second}` },
        occurredAt: `2026-11-21T00:00:0${second}Z`,
      })),
    );
    statements.length = 0;
    const outcomes = await deliver(actions);
    const qualified = outcomes
      .flatMap(eventsOf)
      .filter(({ type }) => type === CampaignQualified.type);
    expect(qualified).toHaveLength(userCount * each);
    return statements.length;
  };
  await statementsFor(1);
  expect(await statementsFor(1)).toBe(count);
  expect(await statementsFor(50)).toBe(count);
});

it('a batch of any size publishes the hits of a tenant in one event, counted by campaign', async () => {
  const tenants = [await createTenant([]), await createTenant([])];
  const campaigns = await Promise.all(tenants.map((tenantId) => createCampaign(tenantId, simple)));
  const actions = Array.from({ length: 50 }, (_, number) => ({
    ...{ tenantId: tenants[number % 2]!, userId: `u-${number}`, action: 'VISIT' },
    ...{ eventId: `hit-${number}`, occurredAt: '2026-11-21T00:00:01Z' },
  }));
  const without = { ...actions[0]!, action: 'LEAVE', eventId: 'no-hit' };
  const outcomes = await deliver([without, ...actions]);
  const hits = outcomes.flatMap(eventsOf).filter(({ type }) => type === CampaignsHit.type);
  expect(hits.map(({ data }) => data)).toEqual(
    tenants.map((tenantId, index) => ({ tenantId, hits: { [campaigns[index]!]: 25 } })),
  );
  for (const { data } of hits) expect(CampaignsHit.schema.safeParse(data).success).toBe(true);
});
