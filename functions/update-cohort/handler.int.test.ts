import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CohortRules } from '#shared/domain/cohorts/cohort-rules.ts';
import { signalsMax } from '#shared/domain/cohorts/member-timeline.ts';
import { CohortMembershipChanged } from '#shared/eventing/contracts/cohorts.ts';
import { cohortLists } from '#shared/stores/postgres/cohorts/cohort-lists.ts';
import { cohortMemberships } from '#shared/stores/postgres/cohorts/cohort-memberships.ts';
import { realTimeCohorts } from '#shared/stores/postgres/cohorts/real-time-cohorts.ts';
import { realTimeMembers } from '#shared/stores/postgres/cohorts/real-time-members.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { eventsOf } from '#shared/testing/deliver.ts';
import { recordedStatements } from '#shared/testing/recorded-statements.ts';
import { actionWorld } from '#shared/testing/worlds/action-world.ts';
import { updateCohorts } from './handler.ts';
import { knownCohorts } from './known-cohorts.ts';

const now = new Date('2026-11-25T00:00:00Z');
const { sql, createTenant, deliver } = await actionWorld(({ sql: own }) =>
  updateCohorts({
    cohorts: knownCohorts(realTimeCohorts(own)),
    members: realTimeMembers(own),
    outbox: outbox(own),
    clock: () => now,
    batchItemsMax: 100,
  }),
);

/** Adds users who spend much, for an hour or permanently; removes users who buy only books. */
const spenders = (forSeconds?: number): CohortRules => ({
  add: [{ action: 'PURCHASE', when: { name: 'large', when: 'event.amountMinor >= 1000' } }],
  remove: [{ action: 'PURCHASE', when: { name: 'books', when: "event.category == 'books'" } }],
  ...(forSeconds !== undefined && { forSeconds }),
});

const createCohort = async (tenantId: string, rules: CohortRules, cohort = 'spenders') => {
  const creation = await cohortLists(sql).create(
    {
      ...{ tenantId, cohort, name: 'Spenders', description: undefined, rules, members: [] },
      ...{ createdBy: 'ann', requestKey: randomUUID() },
    },
    now,
  );
  if (creation.kind !== 'created') throw new Error(creation.kind);
  return creation.cohort.cohortId;
};

const start = Date.UTC(2026, 10, 21);
const atMinute = (minute: number) => new Date(start + minute * 60_000);
const justAfter = (minute: number) => new Date(atMinute(minute).getTime() + 1);
const isoAfter = (minute: number) => justAfter(minute).toISOString();

/** An action of a user at a minute: spending much, buying a book, or neither. */
const action = (tenantId: string, minute: number, what: 'add' | 'remove' | 'none') => ({
  ...{ tenantId, userId: 'u-1', action: 'PURCHASE', eventId: `e-${minute}` },
  occurredAt: atMinute(minute).toISOString(),
  payload: { amountMinor: what === 'add' ? 5_000 : 5, category: what === 'remove' ? 'books' : 'x' },
});

const isMember = async (tenantId: string, at: Date) => {
  const question = { tenantId, userId: 'u-1', at, cohorts: new Set(['spenders']) };
  const [answer] = await cohortMemberships(sql).among([question]);
  return answer?.has('spenders');
};

const rowOf = async (tenantId: string) => {
  const [row] = await sql<{ periods: string; signals: number }[]>`
    select periods::text, jsonb_array_length(signals) as signals from real_time_members where tenant_id = ${tenantId}`;
  return row;
};

describe('a real-time cohort', () => {
  it('has users from just after the action that adds them until just after the one that removes them', async () => {
    const tenantId = await createTenant();
    const cohortId = await createCohort(tenantId, spenders());
    const outcomes = await deliver([
      action(tenantId, 0, 'none'),
      action(tenantId, 1, 'add'),
      action(tenantId, 2, 'add'),
      action(tenantId, 3, 'remove'),
    ]);
    expect(await isMember(tenantId, atMinute(1))).toBe(false);
    expect(await isMember(tenantId, justAfter(1))).toBe(true);
    expect(await isMember(tenantId, atMinute(3))).toBe(true);
    expect(await isMember(tenantId, justAfter(3))).toBe(false);
    const published = outcomes.map((outcome) => eventsOf(outcome).map(({ data }) => data));
    const changed = { tenantId, cohortId, cohort: 'spenders', userId: 'u-1' };
    expect(published).toEqual([
      [],
      [{ ...changed, eventId: 'e-1', period: { since: isoAfter(1), until: null } }],
      [],
      [{ ...changed, eventId: 'e-3', period: { since: isoAfter(1), until: isoAfter(3) } }],
    ]);
    for (const data of published.flat()) CohortMembershipChanged.schema.parse(data);
    const again = await deliver([action(tenantId, 1, 'add'), action(tenantId, 3, 'remove')], 1);
    expect(again.flatMap(eventsOf)).toEqual([]);
  });

  it('has users for a limited time, which further actions extend', async () => {
    const tenantId = await createTenant();
    await createCohort(tenantId, spenders(3600));
    await deliver([action(tenantId, 0, 'add'), action(tenantId, 30, 'add')]);
    expect(await isMember(tenantId, atMinute(90))).toBe(true);
    expect(await isMember(tenantId, justAfter(90))).toBe(false);
  });

  it('has the same members for any order of arrival, repeated and by two pods at once', async () => {
    const anyActions = fc.array(
      fc.tuple(fc.nat(20), fc.constantFrom('add' as const, 'remove' as const, 'none' as const)),
      { minLength: 1, maxLength: 12 },
    );
    const anyArrival = anyActions.chain((actions) =>
      fc.tuple(
        fc.constant(new Map(actions)),
        fc.shuffledSubarray([...new Map(actions), ...new Map(actions)], {
          minLength: 2 * new Map(actions).size,
        }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        anyArrival,
        fc.option(fc.integer({ min: 60, max: 600 }), { nil: undefined }),
        async ([actions, arrivals], forSeconds) => {
          const [ordered, shuffled] = [await createTenant(), await createTenant()];
          for (const tenantId of [ordered, shuffled])
            await createCohort(tenantId, spenders(forSeconds));
          const inOrder = [...actions].sort(([one], [other]) => one - other);
          await deliver(inOrder.map(([minute, what]) => action(ordered, minute, what)));
          const middle = Math.ceil(arrivals.length / 2);
          await Promise.all(
            [arrivals.slice(0, middle), arrivals.slice(middle)].map((part, pod) =>
              deliver(
                part.map(([minute, what]) => action(shuffled, minute, what)),
                pod,
              ),
            ),
          );
          expect((await rowOf(shuffled))?.periods).toBe((await rowOf(ordered))?.periods);
        },
      ),
      { numRuns: Number(process.env['COHORT_RUNS'] ?? 15) },
    );
  });

  it('keeps little of a user who joins and leaves all day, in a few statements per batch', async () => {
    const tenantId = await createTenant();
    await createCohort(tenantId, spenders());
    await deliver([action(tenantId, 0, 'none')]);
    const statements = recordedStatements(sql);
    const half = (first: number) =>
      Array.from({ length: 100 }, (_, index) =>
        action(tenantId, first + index, index % 2 === 0 ? 'add' : 'remove'),
      );
    await deliver(half(0));
    // One transaction, and the outbox once everything is published.
    expect(statements.length).toBeLessThanOrEqual(8);
    await deliver(half(100));
    const row = await rowOf(tenantId);
    expect(row?.signals).toBeLessThanOrEqual(signalsMax);
    expect(row?.periods.split('),').length).toBeLessThanOrEqual(signalsMax / 2);
    expect(await isMember(tenantId, justAfter(198))).toBe(true);
    expect(await isMember(tenantId, justAfter(199))).toBe(false);
  });

  it('costs no statement for the actions of a tenant without one', async () => {
    const tenantId = await createTenant();
    await deliver([action(tenantId, 0, 'add')]);
    const statements = recordedStatements(sql);
    const reversal = { tenantId, reversedEventId: 'e-1' };
    const outcomes = await deliver([action(tenantId, 1, 'add'), reversal]);
    expect(outcomes).toEqual([
      { kind: 'done', domainEvents: [] },
      { kind: 'done', domainEvents: [] },
    ]);
    expect(statements).toEqual([]);
  });

  it('accepts no action that campaigns refuse', async () => {
    const tenantId = await createTenant();
    await createCohort(tenantId, spenders());
    const refused = [
      { ...action(tenantId, 0, 'add'), occurredAt: '2026-11-26T00:00:00Z' },
      { ...action(tenantId, 0, 'add'), payload: { amountMinor: 'much', category: 'x' } },
    ];
    const outcomes = await deliver(refused);
    expect(outcomes).toMatchObject([{ code: 'occurred-in-future' }, { code: 'invalid-payload' }]);
    expect(await rowOf(tenantId)).toBeUndefined();
  });
});
