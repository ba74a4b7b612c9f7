import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import type { CohortPredicate } from '#shared/domain/cohorts/cohort-predicate.ts';
import { CohortRecomputed } from '#shared/eventing/contracts/cohorts.ts';
import { CohortTick } from '#shared/eventing/contracts/ticks.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { cohortLists } from '#shared/stores/postgres/cohorts/cohort-lists.ts';
import { cohortMemberships } from '#shared/stores/postgres/cohorts/cohort-memberships.ts';
import { cohortUploads } from '#shared/stores/postgres/cohorts/cohort-uploads.ts';
import {
  type Recomputations,
  recomputations,
} from '#shared/stores/postgres/cohorts/recomputations.ts';
import { exclusively } from '#shared/stores/postgres/driver/exclusively.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { deliverOne } from '#shared/testing/deliver.ts';
import { lockWaits } from '#shared/testing/lock-waits.ts';
import { recordingPublisher } from '#shared/testing/recording-publisher.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { newTenant } from '#shared/testing/worlds/tenants.ts';
import { recomputeCohorts } from './handler.ts';
import { overdueSeconds } from './metrics.ts';

const sql = await testSql({ max: 8 });

const { publish, published } = recordingPublisher();
const lists = cohortLists(sql);
const uploads = cohortUploads(sql);
const memberships = cohortMemberships(sql);
const minuteMs = 60_000;
/** Cohorts are due from the database's clock on, so tests run from then on. */
const start = new Date();
const after = (minutes: number) => new Date(start.getTime() + minutes * minuteMs);

type Pod = Readonly<{ store?: Recomputations; alone?: boolean }>;
const tick = (now: Date, { store, alone = true }: Pod = {}) => {
  const handlers = recomputeCohorts({
    recomputations: store ?? recomputations(sql, { usersPerSlice: 3, rowsPerSlice: 2 }),
    exclusively: (work) => (alone ? exclusively(sql, 'changes', work) : work()),
    refreshBitmaps: () => Promise.resolve(),
    outbox: outbox(sql),
    publisher: { publish, close: () => Promise.resolve() },
    clock: () => now,
    runMsMax: 60_000,
    log: createLogger('test'),
  });
  return deliverOne(handlers, CohortTick);
};

/** A new tenant with users u-0 to u-9; u-<n> acted n times and has n points. */
const world = async () => {
  const tenantId = await newTenant(sql);
  await sql`insert into users (tenant_id, user_id) select ${tenantId}, 'u-' || n from generate_series(0, 9) n`;
  for (const user of Array.from({ length: 10 }, (_, index) => index))
    await act(tenantId, user, user);
  await sql`
    insert into points_balances (tenant_id, customer_id, program, points, lifetime, version, reached_at)
    select ${tenantId}, 'u-' || n, 'points', n, 10 * n, 1, now() from generate_series(0, 10) n`;
  const create = async (predicate: CohortPredicate | undefined, cohort = 'some') => {
    const creation = await lists.create(
      {
        ...{ tenantId, cohort, name: 'Some', description: undefined, members: [] },
        ...{ createdBy: 'ann', requestKey: randomUUID() },
        definition: predicate && { predicate, everyHours: 24 },
      },
      start,
    );
    if (creation.kind !== 'created') throw new Error(creation.kind);
    return { tenantId, cohortId: creation.cohort.cohortId };
  };
  const membersAt = async (at: Date, cohort = 'some') => {
    const users = Array.from({ length: 12 }, (_, index) => `u-${index}`);
    const asked = users.map((userId) => ({ tenantId, userId, at, cohorts: new Set([cohort]) }));
    const found = await memberships.among(asked);
    return users.filter((_, index) => found[index]?.has(cohort));
  };
  return { tenantId, create, membersAt };
};

const act = (tenantId: string, user: number, times: number) => sql`
  insert into events (tenant_id, event_id, received_at, user_id, action_code, event_ts, payload, decisions, cause)
  select ${tenantId}, gen_random_uuid()::text, ${start}, ${`u-${user}`}, 'VISIT', ${after(-60)}, '{"seconds": 2}', '[]', 'c'
  from generate_series(1, ${times})`;

const visits = (atLeast: number) =>
  ({ of: 'events', action: 'VISIT', withinDays: 7, atLeast }) as const;
const recomputedOf = (tenantId: string) =>
  published
    .filter(
      (domainEvent) =>
        domainEvent.type === CohortRecomputed.type && domainEvent.tenantId === tenantId,
    )
    .map(({ data }) => CohortRecomputed.schema.parse(data));

describe('a dynamic cohort', () => {
  it('has the users of its predicate from one instant on, and afterwards the difference', async () => {
    const { tenantId, create, membersAt } = await world();
    const key = await create(visits(8));
    await tick(after(1));
    const [first] = recomputedOf(tenantId);
    expect(first).toMatchObject({ version: 1, added: 2, removed: 0, size: 2, by: 'RECOMPUTATION' });
    expect(first!.at.getTime()).toBeGreaterThanOrEqual(after(6).getTime());
    expect(await membersAt(new Date(first!.at.getTime() - 1))).toEqual([]);
    expect(await membersAt(first!.at)).toEqual(['u-8', 'u-9']);

    await tick(after(2));
    expect(recomputedOf(tenantId)).toHaveLength(1);
    await act(tenantId, 7, 1);
    await sql`update events set reversed_at = now() where tenant_id = ${tenantId} and user_id = 'u-9'`;
    await tick(after(24 * 60 + 2));
    const [, second] = recomputedOf(tenantId);
    expect(second).toMatchObject({ version: 2, added: 1, removed: 1, size: 2 });
    expect(await membersAt(second!.at)).toEqual(['u-7', 'u-8']);
    expect(await membersAt(new Date(second!.at.getTime() - 1))).toEqual(['u-8', 'u-9']);
    expect(await lists.find(key, second!.at)).toMatchObject({ version: 2, size: 2 });
  });

  it.each<[string, CohortPredicate, readonly number[]]>([
    ['sums a field', { ...visits(0), sumOf: 'seconds', atLeast: 15, atMost: 16 }, [8]],
    [
      'asks for points, of who never acted, too',
      { of: 'points', program: 'points', atLeast: 9 },
      [9, 10],
    ],
    ['asks for earned points', { of: 'lifetime-points', program: 'points', atMost: 0 }, [0]],
    [
      'negates and combines',
      { all: [{ any: [visits(8), { not: visits(1) }] }, { not: visits(9) }] },
      [0, 8, 10],
    ],
    ['takes text of a tenant as text', { of: 'points', program: "x' or 'a' = 'a", atLeast: 1 }, []],
    ['asks for a tier', { of: 'tier', program: 'points', in: ['GOLD'] }, [3]],
    ['asks for incentives', { of: 'incentives', withinDays: 1, atLeast: 1 }, []],
    ['asks for days', { of: 'days-known', atLeast: 1 }, []],
  ])('%s', async (_what, predicate, expected) => {
    const { tenantId, create, membersAt } = await world();
    await sql`
      insert into earning_accounts (tenant_id, customer_id, program, state, tier)
      values (${tenantId}, 'u-3', 'points', '{}', 'GOLD')`;
    await create(predicate);
    await tick(after(1));
    const users = expected.map((index) => `u-${index}`);
    expect(await membersAt(recomputedOf(tenantId)[0]!.at)).toEqual(users);
  });

  it('is computed once by concurrent pods, and continued where one died', async () => {
    const { tenantId, create, membersAt } = await world();
    const key = await create(visits(5));
    const real = recomputations(sql, { usersPerSlice: 3, rowsPerSlice: 2 });
    let slices = 0;
    const dying: Recomputations = {
      ...real,
      stageSlice: (change) => {
        slices += 1;
        return slices > 2 ? Promise.reject(new Error('killed')) : real.stageSlice(change);
      },
    };
    await expect(tick(after(1), { store: dying })).rejects.toThrow('killed');
    const [under] =
      await sql`select through, rows_read from cohort_changes where cohort_id = ${key.cohortId}`;
    expect(under).toMatchObject({ rowsRead: 6 });
    await Promise.all([1, 2, 3].map(() => tick(after(1), { alone: false })));
    expect(recomputedOf(tenantId)).toMatchObject([{ version: 1, size: 5 }]);
    expect(await membersAt(recomputedOf(tenantId)[0]!.at)).toHaveLength(5);
    expect(
      await sql`select from cohort_staged_members join cohort_changes using (change_id) where cohort_id = ${key.cohortId}`,
    ).toHaveLength(0);
  });

  it('is not begun again by a pod that finds it due while another one applies it', async () => {
    const { create } = await world();
    const { cohortId } = await create(visits(9));
    const store = recomputations(sql);
    await store.begin(after(1));
    let isOver = false;
    const begun = await sql.begin(async (tx) => {
      await tx`update cohorts set due_at = ${after(24 * 60)} where cohort_id = ${cohortId}`;
      await tx`update cohort_changes set status = 'APPLIED' where cohort_id = ${cohortId}`;
      const again = store.begin(after(1)).finally(() => (isOver = true));
      await vi.waitUntil(async () => isOver || (await lockWaits(sql)) === 1, { timeout: 60_000 });
      return [again] as const;
    });
    await Promise.all(begun);
    const changes = await sql`select status from cohort_changes where cohort_id = ${cohortId}`;
    expect(changes).toMatchObject([{ status: 'APPLIED' }]);
  });

  it('is reported as overdue until it is computed', async () => {
    const { create } = await world();
    const { cohortId } = await create(visits(1));
    await sql`update cohorts set due_at = ${after(-4_320)} where cohort_id = ${cohortId}`;
    const real = recomputations(sql);
    const failing = { ...real, stageSlice: () => Promise.reject(new Error('fails')) };
    await expect(tick(after(1), { store: failing })).rejects.toThrow('fails');
    expect((await overdueSeconds.get()).values).toMatchObject([{ value: 4_321 * 60 }]);
    await tick(after(1));
    expect((await overdueSeconds.get()).values).toMatchObject([{ value: 0 }]);
  });

  it('is computed again when its definition changes meanwhile', async () => {
    const { tenantId, create, membersAt } = await world();
    const key = await create(visits(9));
    const store = recomputations(sql, { usersPerSlice: 3, rowsPerSlice: 2 });
    await store.begin(after(1));
    const open = (await store.open()).find(({ cohortId }) => cohortId === key.cohortId);
    await store.stageSlice(open!);
    const definition = { predicate: visits(1), everyHours: 24 };
    const change = { at: start, subject: 'ann', ifRevision: '1' };
    await lists.update(key, { name: 'Some', description: undefined, definition }, change);
    await store.stageSlice(open!);
    await tick(after(1));
    const [recomputed] = recomputedOf(tenantId);
    expect(recomputed).toMatchObject({ version: 1, size: 9 });
    expect(await membersAt(recomputed!.at)).toHaveLength(9);
  });

  it('gets another definition while its recomputation is applied, without a deadlock', async () => {
    const { create } = await world();
    const key = await create(visits(9));
    const store = recomputations(sql);
    await store.begin(after(1));
    const open = (await store.open()).find(({ cohortId }) => cohortId === key.cohortId)!;
    await store.stageSlice(open);
    const definition = { predicate: visits(1), everyHours: 24 };
    const change = { at: start, subject: 'ann', ifRevision: '1' };
    const domainEventOf = () => ({ id: open.changeId, time: start });
    const both = await sql.begin(async (tx) => {
      await tx`select from cohort_changes where change_id = ${open.changeId} for update`;
      const applied = store.apply(open, { clock: () => start, domainEventOf });
      await vi.waitUntil(async () => (await lockWaits(sql)) === 1, { timeout: 60_000 });
      const terms = { name: 'Some', description: undefined, definition };
      const updated = lists.update(key, terms, change);
      await vi.waitUntil(async () => (await lockWaits(sql)) === 2, { timeout: 60_000 });
      return [applied, updated] as const;
    });
    expect(await Promise.all(both)).toMatchObject([{ id: open.changeId }, { kind: 'changed' }]);
  });
});

describe('an upload', () => {
  it('is applied by the run that sweeps what another one staged, and not retried once it failed', async () => {
    const { tenantId, create } = await world();
    const upload = { ...(await create(undefined)), changeId: randomUUID() };
    const failing = await create(visits(1), 'failing');
    await uploads.start(upload, { mode: 'ADD', subject: 'ann', at: start, openMax: 5 });
    await uploads.stage(upload, { from: 0, rows: 1, customers: ['u-1'], refused: [] });
    const real = recomputations(sql, { usersPerSlice: 3, rowsPerSlice: 2 });
    let tries = 0;
    let sweeps = 0;
    const store: Recomputations = {
      ...real,
      stageSlice: (change) => {
        if (change.cohortId !== failing.cohortId) return real.stageSlice(change);
        tries += 1;
        return Promise.reject(new Error('fails'));
      },
      sweep: async () => {
        sweeps += 1;
        if (sweeps === 1) await uploads.complete(upload, 'ann');
        return sweeps < 3;
      },
    };
    await expect(tick(after(1), { store })).rejects.toThrow('fails');
    expect(recomputedOf(tenantId)).toMatchObject([{ by: 'UPLOAD', size: 1 }]);
    expect(tries).toBe(1);
  });

  it.each<['ADD' | 'REPLACE', readonly string[]]>([
    ['ADD', ['u-1', 'u-2', 'u-3']],
    ['REPLACE', ['u-2', 'u-3']],
  ])(
    'of mode %s is effective at one instant, once, and leaves what was before',
    async (mode, expected) => {
      const { tenantId, create, membersAt } = await world();
      const key = await create(undefined);
      await lists.upload(key, { members: ['u-1', 'u-2'], at: after(2), subject: 'ann' });
      const upload = { ...key, changeId: randomUUID() };
      await uploads.start(upload, { mode, subject: 'ann', at: start, openMax: 5 });
      const rows = { from: 0, rows: 3, customers: ['u-2', 'u-3', 'u-3'], refused: [] };
      expect(await uploads.stage(upload, rows)).toMatchObject({ kind: 'staged' });
      expect(await uploads.stage(upload, rows)).toMatchObject({
        kind: 'elsewhere',
        upload: { rowsRead: 3 },
      });
      await tick(after(3));
      expect(recomputedOf(tenantId)).toEqual([]);
      await uploads.complete(upload, 'ann');
      await Promise.all([tick(after(3)), tick(after(3), { alone: false })]);
      const [applied, ...more] = recomputedOf(tenantId);
      expect(more).toEqual([]);
      expect(applied).toMatchObject({
        by: 'UPLOAD',
        added: 1,
        removed: mode === 'ADD' ? 0 : 1,
        size: expected.length,
      });
      expect(await membersAt(new Date(applied!.at.getTime() - 1))).toEqual(['u-1', 'u-2']);
      expect(await membersAt(applied!.at)).toEqual(expected);
      expect(await uploads.find(upload)).toMatchObject({ status: 'APPLIED', version: 1 });
    },
  );
});
