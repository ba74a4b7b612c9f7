import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QuestRule } from '#shared/domain/campaigns/campaign.ts';
import { foldQuest } from '#shared/domain/quests/fold-quest.ts';
import { CampaignQualified, CampaignsHit } from '#shared/eventing/contracts/campaigns.ts';
import { IncentiveReversalRequested } from '#shared/eventing/contracts/incentives.ts';
import { outgoingEvent, questIncentiveIdOf } from '#shared/eventing/domain-event.ts';
import { instantOf, type Outcome } from '#shared/runtime/events/event-handler.ts';
import { eventStore } from '#shared/stores/postgres/events/event-store.ts';
import { eventsOf } from '#shared/testing/deliver.ts';
import { runs } from '#shared/testing/runs.ts';
import { actionWorld } from '#shared/testing/worlds/action-world.ts';
import { questTerms, simpleTerms } from '#shared/testing/worlds/campaigns.ts';
import { evaluateCampaign } from './handler.ts';

const { sql, createTenant, createCampaign, deliver } = await actionWorld(evaluateCampaign);
const events = eventStore(sql);

const start = Date.parse('2026-11-21T00:00:00Z');
let userNo = 0;

/** A quest of a new tenant, and actions of a user who has not begun it. */
const createQuest = async (rule: QuestRule) => {
  const tenantId = await createTenant([]);
  const campaignId = await createCampaign(tenantId, questTerms(rule));
  const newUser = () => {
    const userId = `u-${(userNo += 1)}`;
    const step = (action: string, second: number, eventId = `${userId}-${action}-${second}`) => ({
      tenantId,
      userId,
      action,
      eventId,
      occurredAt: new Date(start + second * 1000).toISOString(),
    });
    /** The incentives of so many completions by the user, from one of them on. */
    const incentives = (count: number, first = 1) =>
      Array.from({ length: count }, (_, index) =>
        questIncentiveIdOf({ tenantId, campaignId }, { userId, rule, time: first + index }),
      );
    return { tenantId, campaignId, userId, step, incentives };
  };
  return { tenantId, campaignId, newUser };
};

const reversal = ({ tenantId, eventId }: Readonly<{ tenantId: string; eventId: string }>) => ({
  tenantId,
  reversedEventId: eventId,
  reversedAt: '2026-11-24T00:00:00Z',
});

/** The ids of the incentives in events of a type, each once. */
const idsOf = (outcomes: readonly Outcome[], { type } = CampaignQualified as { type: string }) => [
  ...new Set(
    outcomes
      .flatMap(eventsOf)
      .filter((domainEvent) => domainEvent.type === type)
      .flatMap(({ data }) => incentiveIdsIn(data as IncentiveData)),
  ),
];

type IncentiveData = Readonly<{
  incentiveId?: string;
  entitlements?: readonly Readonly<{ choices: readonly Readonly<{ incentiveId: string }>[] }>[];
}>;

const incentiveIdsIn = ({ incentiveId, entitlements = [] }: IncentiveData): readonly string[] =>
  incentiveId === undefined
    ? entitlements.flatMap(({ choices }) => choices.map((choice) => choice.incentiveId))
    : [incentiveId];

const once = (action: string, count = 1) => ({ name: action, action, count });
const threeSteps: QuestRule = {
  order: 'ordered',
  withinSeconds: 100,
  steps: [once('CHECK_IN'), once('WATCH_VIDEO', 2), once('PURCHASE')],
};

const permutations = <Item>(items: readonly Item[]): Item[][] =>
  items.length === 0
    ? [[]]
    : items.flatMap((item, index) =>
        permutations(items.toSpliced(index, 1)).map((rest) => [item, ...rest]),
      );

describe('a quest', () => {
  const actions = [
    ['CHECK_IN', 10],
    ['WATCH_VIDEO', 20],
    ['WATCH_VIDEO', 20.5],
    ['PURCHASE', 30],
    ['PURCHASE', 200],
  ] as const;

  it('is completed once by every permutation of its events', async () => {
    const { newUser } = await createQuest(threeSteps);
    for (const order of permutations(actions)) {
      const { step, incentives } = newUser();
      const outcomes: Outcome[] = [];
      for (const [index, [action, second]] of order.entries())
        outcomes.push(...(await deliver([step(action, second)], index % 2)));
      expect(idsOf(outcomes)).toEqual(incentives(1));
    }
  });

  it('is completed once by concurrent events, in any pod', async () => {
    const { newUser } = await createQuest(threeSteps);
    for (let round = 0; round < 20; round += 1) {
      const { step, incentives } = newUser();
      const deliveries = actions.flatMap(([action, second], index) => [
        deliver([step(action, second)], index % 2),
        deliver([step(action, second)], (index + 1) % 2),
      ]);
      expect(idsOf((await Promise.all(deliveries)).flat())).toEqual(incentives(1));
    }
  });

  it('that a late event completes is published with a time at which check-limit accepts it', async () => {
    const { newUser } = await createQuest({ ...threeSteps, withinSeconds: 43_200 });
    const { step } = newUser();
    const [late, ...inTime] = actions
      .slice(0, 4)
      .map(([action, second]) => step(action, second * 600));
    await deliver(inTime);
    const now = new Date('2026-11-25T00:00:00Z');
    const [qualified] = (await deliver([late!], 1))
      .flatMap(eventsOf)
      .filter(({ type }) => type === CampaignQualified.type)
      .map((domainEvent) => ({
        ...outgoingEvent(domainEvent),
        extensions: {},
        data: domainEvent.data,
      }));
    const { entitlements } = CampaignQualified.schema.parse(qualified!.data);
    const dates = entitlements
      .flatMap(({ choices }) => choices)
      .map(({ qualifiedAt }) => instantOf(qualifiedAt, { event: qualified! }, now));
    expect(dates).toEqual([new Date(start + 30 * 600_000)]);
  });

  const arrivals = fc.record({
    rule: fc.record({
      order: fc.constantFrom('ordered', 'any'),
      withinSeconds: fc.option(fc.integer({ min: 1, max: 20 }), { nil: undefined }),
      steps: fc.constantFrom(
        [once('A'), once('B')],
        [once('A', 2), once('B')],
        [once('A', 2)],
        [once('A'), once('A'), once('C')],
      ),
    }) satisfies fc.Arbitrary<QuestRule>,
    actions: fc.uniqueArray(
      fc.record({
        action: fc.constantFrom('A', 'B', 'C'),
        second: fc.integer({ min: 0, max: 30 }),
        batch: fc.integer({ min: 0, max: 3 }),
      }),
      { maxLength: 16, selector: ({ action, second }) => `${action} ${second}` },
    ),
  });

  it('is completed as often as its fold computes, however its events are spread over batches and pods', async () => {
    await fc.assert(
      fc.asyncProperty(arrivals, async ({ rule, actions }) => {
        const { newUser } = await createQuest(rule);
        const { step, incentives } = newUser();
        const batches = [...Map.groupBy(actions, ({ batch }) => batch).values()].map((batch) =>
          batch.map(({ action, second }) => step(action, second)),
        );
        const outcomes = await Promise.all(
          batches.map((batch, index) => deliver(batch, index % 2)),
        );
        const steps = actions.flatMap(({ action, second }) => {
          const { eventId, occurredAt } = step(action, second);
          return rule.steps.flatMap((each, index) =>
            each.action === action
              ? [{ eventId, step: index, completedAt: new Date(occurredAt) }]
              : [],
          );
        });
        const { completions } = foldQuest(rule, steps);
        expect(new Set(idsOf(outcomes.flat()))).toEqual(new Set(incentives(completions.length)));
      }),
      { numRuns: runs(12) },
    );
  });

  describe.each([undefined, 1_000])(
    'of a long history, done within %s seconds',
    (withinSeconds) => {
      const begin = async (seconds: number) => {
        const steps = [once('A'), once('B')];
        const { newUser } = await createQuest({ order: 'ordered', withinSeconds, steps });
        const user = newUser();
        const events = Array.from({ length: 300 }, (_, second) => user.step('A', second));
        for (const [index, from] of [0, 100, 200].entries())
          await deliver(events.slice(from, from + 100), index % 2);
        // Any query that still read these steps would fail to find them.
        await sql`
        delete from user_aggregations where tenant_id = ${user.tenantId}
          and completed_at < ${new Date(start + seconds * 1000)}`;
        return user;
      };

      it('is completed by its next event without reading any of it', async () => {
        const { step, incentives } = await begin(300);
        expect(idsOf(await deliver([step('B', 300)]))).toEqual(incentives(1));
        expect(idsOf(await deliver([step('A', 301), step('B', 302)], 1))).toEqual(incentives(1, 2));
      });

      it('is completed by a late event, or not by one that is reversed, with only the steps since a checkpoint', async () => {
        const { step, incentives } = await begin(256);
        expect(idsOf(await deliver([step('B', 290.5)]))).toEqual(incentives(1));
        expect(idsOf(await deliver([step('B', 299.5)], 1))).toEqual(incentives(1, 2));
        const [taken] = await deliver([reversal(step('B', 290.5))]);
        expect(idsOf([taken!], IncentiveReversalRequested)).toEqual(incentives(1, 2));
        expect(idsOf(await deliver([step('B', 280.5)]))).toEqual(incentives(1, 3));
      });
    },
  );

  it('is counted from its first step where its head is unknown', async () => {
    const { newUser } = await createQuest({ order: 'any', steps: [once('A', 2)] });
    const { tenantId, step, incentives } = newUser();
    await deliver([step('A', 1), step('A', 2), step('A', 3)]);
    await sql`update quest_progress set head = null where tenant_id = ${tenantId}`;
    expect(idsOf(await deliver([step('A', 4)]))).toEqual(incentives(1, 2));
  });

  it('names the event that completed it, and its steps name the incentive that they helped to earn', async () => {
    const { newUser } = await createQuest({ order: 'any', steps: [once('A', 2)] });
    const { tenantId, step, incentives } = newUser();
    await deliver([step('A', 1), step('A', 2), step('A', 3)]);
    const decisionOf = async (eventId: string) =>
      (await events.find({ tenantId, eventId }))?.decisions[0];
    expect(await decisionOf(step('A', 1).eventId)).toMatchObject({ outcome: 'progressed' });
    expect(await decisionOf(step('A', 2).eventId)).toMatchObject({
      outcome: 'qualified',
      incentiveIds: incentives(1),
    });
    const helped = await sql`
      select incentive_id from user_aggregations where tenant_id = ${tenantId} order by completed_at`;
    expect(helped.map((row) => row['incentiveId'] as string | null)).toEqual([
      ...incentives(1),
      ...incentives(1),
      null,
    ]);
  });
});

describe('redelivery', () => {
  /** All records of a tenant. */
  const stateOf = async (tenantId: string) =>
    Promise.all(
      ['events', 'user_aggregations', 'quest_progress', 'quest_completions', 'users'].map(
        async (table) =>
          sql`select to_jsonb(t) as row from ${sql(table)} t where tenant_id = ${tenantId} order by to_jsonb(t)::text`,
      ),
    );

  const records = fc.array(
    fc.record({
      user: fc.constantFrom('u-1', 'u-2'),
      action: fc.constantFrom('A', 'B'),
      second: fc.integer({ min: 0, max: 40 }),
      isReversed: fc.boolean(),
    }),
    { minLength: 1, maxLength: 12 },
  );

  /** Hits are counted by batch, and a redelivery makes other batches. */
  const exceptHits = (outcome: Outcome | undefined) =>
    eventsOf(outcome).filter(({ type }) => type !== CampaignsHit.type);

  it('of any prefix changes nothing and publishes of every event what was published before', async () => {
    await fc.assert(
      fc.asyncProperty(records, fc.nat(), async (actions, cut) => {
        const { tenantId } = await createQuest({ order: 'any', steps: [once('A'), once('B')] });
        await createCampaign(tenantId, simpleTerms({ rule: { action: 'A' } }));
        const all = actions.flatMap(({ user, action, second, isReversed }, index) => {
          const eventId = `e-${index}`;
          const occurredAt = new Date(start + second * 1000).toISOString();
          const event = { tenantId, userId: user, action, eventId, occurredAt };
          return isReversed ? [event, reversal(event)] : [event];
        });
        const first = await deliver(all);
        const state = await stateOf(tenantId);
        const prefix = all.slice(0, cut % (all.length + 1));
        const again = await deliver(prefix, 1);
        expect(again.map((outcome) => outcome instanceof Error)).not.toContain(true);
        expect(await stateOf(tenantId)).toEqual(state);
        for (const [index, record] of prefix.entries())
          expect(exceptHits(again[index])).toEqual(
            'reversedEventId' in record ? [] : exceptHits(first[index]),
          );
      }),
      { numRuns: runs(10) },
    );
  });

  it('of one event to many pods at once records it once, and publishes the same each time', async () => {
    const tenantId = await createTenant([]);
    await createCampaign(tenantId, simpleTerms({ rule: { action: 'A' } }));
    for (let round = 0; round < 10; round += 1) {
      const event = { tenantId, userId: `u-${round}`, action: 'A', eventId: `e-${round}` };
      const batch = [event, { ...event, eventId: `f-${round}` }];
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          deliver(index % 2 === 0 ? batch : batch.toReversed(), index % 2),
        ),
      );
      expect(idsOf(outcomes.flat())).toHaveLength(2);
      const [stored] = await sql<[{ count: number }]>`
        select count(*) from events where tenant_id = ${tenantId} and user_id = ${event.userId}`;
      expect(stored.count).toBe(2);
    }
  });
});

describe('a reversal', () => {
  const simple = async () => {
    const tenantId = await createTenant([]);
    await createCampaign(tenantId, simpleTerms({ rule: { action: 'A' } }));
    const occurredAt = new Date(start).toISOString();
    return { tenantId, userId: 'u-1', action: 'A', eventId: 'e-1', occurredAt };
  };

  it('requests the reversal of what its event earned, once', async () => {
    const event = await simple();
    const [done, reversed, again] = await deliver([event, reversal(event), reversal(event)]);
    const reversalEvents = eventsOf(reversed);
    expect(reversalEvents).toMatchObject([
      { type: IncentiveReversalRequested.type, data: { eventId: 'e-1', userId: 'u-1' } },
    ]);
    expect(
      IncentiveReversalRequested.schema.safeParse(reversalEvents[0]?.data).error,
    ).toBeUndefined();
    expect(idsOf([reversed!], IncentiveReversalRequested)).toEqual(idsOf([done!]));
    expect(eventsOf(again)).toEqual([]);
    expect(await events.find(event)).toMatchObject({ reversedAt: new Date('2026-11-24Z') });
    const left = await sql`select from outbox where fact->>'tenantId' = ${event.tenantId}`;
    expect(left).toHaveLength(0);
  });

  it('that arrives first leaves nothing to decide about its event', async () => {
    const event = await simple();
    const outcomes = await deliver([
      reversal(event),
      reversal(event),
      event,
      event,
      reversal(event),
    ]);
    expect(outcomes.flatMap(eventsOf)).toEqual([]);
    expect(await events.find(event)).toMatchObject({
      decisions: [],
      entitlements: [],
      reversedAt: new Date('2026-11-24Z'),
    });
  });

  it('that arrives concurrently with its event loses nothing', async () => {
    for (let round = 0; round < 30; round += 1) {
      const event = await simple();
      const outcomes = await Promise.all([deliver([event]), deliver([reversal(event)], 1)]);
      expect((await events.find(event))?.reversedAt).toEqual(new Date('2026-11-24Z'));
      expect(idsOf(outcomes.flat(), IncentiveReversalRequested)).toEqual(idsOf(outcomes.flat()));
    }
  });

  it('reverses the last completion of a quest, and completing it again earns the next', async () => {
    const { newUser } = await createQuest({ order: 'ordered', steps: [once('A'), once('B')] });
    const { step, incentives, tenantId } = newUser();
    const events = [step('A', 1), step('B', 2), step('A', 3), step('B', 4)];
    expect(idsOf(await deliver(events))).toEqual(incentives(2));
    const [taken] = await deliver([reversal(events[0]!)]);
    expect(idsOf([taken!], IncentiveReversalRequested)).toEqual(incentives(1, 2));
    expect(idsOf(await deliver([step('A', 1.5)]))).toEqual(incentives(1, 3));
    const [both] = await sql`
      select completions, counted from quest_progress where tenant_id = ${tenantId}`;
    expect(both).toEqual({ completions: 2, counted: 3 });
  });

  it('reverses no completion that was archived, and none is given again', async () => {
    const { newUser } = await createQuest({ order: 'any', steps: [once('A')] });
    const { step, incentives, tenantId } = newUser();
    expect(idsOf(await deliver([step('A', 1), step('A', 2)]))).toEqual(incentives(2));
    await sql`
      delete from quest_completions where tenant_id = ${tenantId} and completion = 1`;
    expect(idsOf(await deliver([step('A', 1), step('A', 3)]))).toEqual([
      ...incentives(1),
      ...incentives(1, 3),
    ]);
    const reversals = await deliver([1, 2, 3].map((second) => reversal(step('A', second))));
    expect(idsOf(reversals, IncentiveReversalRequested)).toEqual(incentives(2, 2).toReversed());
  });

  it('of an event that a quest does not need reverses nothing', async () => {
    const { newUser } = await createQuest({ order: 'ordered', steps: [once('A'), once('B')] });
    const { step } = newUser();
    await deliver([step('A', 1), step('A', 2), step('B', 3)]);
    expect((await deliver([reversal(step('A', 2))])).flatMap(eventsOf)).toEqual([]);
  });

  it('of an unknown tenant is refused', async () => {
    const [refused] = await deliver([reversal({ tenantId: 'nobody', eventId: 'e-1' })]);
    expect(refused).toMatchObject({ code: 'unknown-tenant' });
  });
});
