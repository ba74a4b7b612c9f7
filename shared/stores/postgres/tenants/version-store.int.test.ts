import { describe, expect, it } from 'vitest';
import { eventually } from '#scripts/services/eventually.ts';
import { plainTerms } from '#shared/domain/earning/rating/earning-rule.ts';
import { lockWaits } from '#shared/testing/lock-waits.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { goldTerms } from '#shared/testing/worlds/earning.ts';
import { changesOf, newTenant } from '#shared/testing/worlds/tenants.ts';
import { cohortLists } from '../cohorts/cohort-lists.ts';
import { inTransaction } from '../driver/transaction.ts';
import { ladderStore } from './ladder-store.ts';
import { ruleStore } from './rule-store.ts';
import { tenantStore } from './tenant-store.ts';

const sql = await testSql({ max: 8 });
const rules = ruleStore(sql);
const ladders = ladderStore(sql);

/** Each test has a tenant of its own, with one program. */
const freshProgram = async () => {
  const tenantId = await newTenant(sql);
  await sql`insert into programs (tenant_id, program, name) values (${tenantId}, 'points', 'Points')`;
  return { tenantId, program: 'points' };
};

const terms = {
  ...plainTerms,
  rate: { points: 2, perMinor: 10_000 },
  promotions: [
    {
      id: 'diwali',
      from: new Date('2026-11-08T00:00:00Z'),
      until: new Date('2026-11-10T00:00:00Z'),
      multiplierBp: 20_000,
    },
  ],
};

let requests = 0;
const draft = (currency = 'INR') => ({
  currency,
  terms,
  createdBy: 'ann',
  requestKey: `r-${(requests += 1)}`,
});
const hour = (hours: number) => new Date(Date.UTC(2026, 0, 1, hours));
const from = (validFrom?: Date, validUntil?: Date) => ({
  subject: 'ann',
  now: new Date('2025-12-31T00:00:00Z'),
  ...(validFrom && { validFrom }),
  ...(validUntil && { validUntil }),
});

describe('ruleStore', () => {
  it('saves a draft under the next number, as it is, and notes who did', async () => {
    const key = await freshProgram();
    const saved = {
      version: 1,
      currency: 'INR',
      terms,
      validFrom: undefined,
      validUntil: undefined,
      replacedAt: undefined,
      createdAt: expect.any(Date) as Date,
      createdBy: 'ann',
    };
    expect(await rules.draft(key, draft())).toEqual(saved);
    expect(await rules.draft(key, draft('USD'))).toMatchObject({ version: 2, currency: 'USD' });
    expect(await rules.find({ ...key, version: 1 })).toEqual(saved);
    expect(await rules.find({ ...key, version: 3 })).toBeUndefined();
    const [audit] = await changesOf(sql, key.tenantId);
    const json = JSON.parse(JSON.stringify(terms)) as object;
    expect(audit).toEqual({
      subject: 'ann',
      action: 'rules.drafted',
      resource: 'programs/points/rules/1',
      before: null,
      after: { currency: 'INR', terms: json },
    });
  });

  it('gives drafts that are saved at once a number each', async () => {
    const key = await freshProgram();
    const all = await Promise.all(Array.from({ length: 8 }, () => rules.draft(key, draft())));
    const numbers = all.map((stored) => stored?.version ?? 0);
    expect(numbers.sort((one, other) => one - other)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('saves one draft for one request, also when it comes many times at once', async () => {
    const key = await freshProgram();
    const request = draft();
    const all = await Promise.all(Array.from({ length: 8 }, () => rules.draft(key, request)));
    expect(new Set(all.map((stored) => stored?.version))).toEqual(new Set([1]));
    const otherwise = { ...request, terms: { ...terms, rounding: 'carry' } };
    expect(await rules.draft(key, otherwise)).toMatchObject({ version: 2 });
    expect(await rules.draft(key, { ...request, createdBy: 'bob' })).toMatchObject({ version: 3 });
  });

  it('saves nothing in a program that does not exist', async () => {
    const key = { ...(await freshProgram()), program: 'none' };
    expect(await rules.draft(key, draft())).toBeUndefined();
    expect(await rules.activate({ ...key, version: 1 }, from(hour(1)))).toBeUndefined();
  });

  it('lets a version begin as is decided, and tenantStore find it, but never a draft', async () => {
    const key = await freshProgram();
    await rules.draft(key, draft());
    await rules.draft(key, draft());
    const activation = await rules.activate(
      { ...key, version: 2 },
      {
        ...from(hour(1), hour(9)),
        subject: 'bob',
      },
    );
    expect(activation).toMatchObject({
      kind: 'begun',
      version: { version: 2, validFrom: hour(1), validUntil: hour(9) },
    });
    const tenant = await tenantStore(sql).find(key.tenantId);
    expect(tenant?.programs[0]?.rules).toEqual([
      { ...terms, version: 2, currency: 'INR', validFrom: hour(1), validUntil: hour(9) },
    ]);
    expect((await rules.activated(key)).map(({ version }) => version)).toEqual([2]);
    expect((await changesOf(sql, key.tenantId)).at(-1)).toEqual({
      subject: 'bob',
      action: 'rules.activated',
      resource: 'programs/points/rules/2',
      before: { validFrom: null },
      after: { validFrom: hour(1).toISOString(), validUntil: hour(9).toISOString() },
    });
  });

  it('changes and notes nothing where that is decided', async () => {
    const key = await freshProgram();
    await rules.draft(key, draft());
    const version = { ...key, version: 1 };
    expect(await rules.activate(version, from(new Date(0)))).toMatchObject({
      kind: 'refused',
      refusal: { reason: 'begins-too-early' },
    });
    expect(await changesOf(sql, key.tenantId)).toHaveLength(1);
    await rules.activate(version, from(hour(1)));
    expect(await rules.activate(version, from(hour(1)))).toMatchObject({
      kind: 'unchanged',
      version: { validFrom: hour(1) },
    });
    expect(await changesOf(sql, key.tenantId)).toHaveLength(2);
  });

  it('lets one of several versions begin at an instant, together with one of another currency', async () => {
    const key = await freshProgram();
    for (const currency of ['INR', 'INR', 'INR', 'USD']) await rules.draft(key, draft(currency));
    const activate = (version: number) => rules.activate({ ...key, version }, from(hour(1)));
    const all = await Promise.all([1, 2, 3].map(activate));
    expect(all.map((one) => one?.kind).sort()).toEqual(['begun', 'refused', 'refused']);
    expect(await activate(4)).toMatchObject({ kind: 'begun' });
  });

  it('returns for each version when a later one of its currency replaces it', async () => {
    const key = await freshProgram();
    for (const currency of ['INR', 'INR', 'USD', 'INR']) await rules.draft(key, draft(currency));
    for (const [version, hours] of [
      [1, 1],
      [2, 5],
      [3, 2],
      [4, 3],
    ] as const) {
      await rules.activate({ ...key, version }, from(hour(hours)));
    }
    const listed = await rules.list(key, { limit: 10 });
    expect(listed.map(({ version, replacedAt }) => [version, replacedAt])).toEqual([
      [4, hour(5)],
      [3, undefined],
      [2, undefined],
      [1, hour(3)],
    ]);
    const page = await rules.list(key, { limit: 2, below: 4 });
    expect(page.map(({ version }) => version)).toEqual([3, 2]);
  });

  it('lets nobody change the terms of a version', async () => {
    const key = await freshProgram();
    await rules.draft(key, draft());
    const change = sql`update earning_rules set terms = '{}' where tenant_id = ${key.tenantId}`;
    await expect(change).rejects.toMatchObject({ code: '23001' });
  });
});

describe('a promotion for a real-time cohort', () => {
  const cohort = 'spenders';
  const ofCohort = () => ({
    ...draft(),
    terms: { ...terms, promotions: [{ ...terms.promotions[0]!, cohort }] },
  });
  const createCohort = ({ tenantId }: Readonly<{ tenantId: string }>) =>
    cohortLists(sql).create(
      {
        ...{ tenantId, cohort, name: 'Spenders', description: undefined, members: [] },
        ...{ rules: { add: [], remove: [] }, createdBy: 'ann', requestKey: tenantId },
      },
      hour(0),
    );
  const refusal = {
    kind: 'refused',
    refusal: { reason: 'real-time-cohort', detail: expect.stringContaining('diwali') as string },
  };
  const waiting = (count: number) =>
    eventually(async () => (await lockWaits(sql)) === count, { timeoutMs: 30_000, everyMs: 5 });

  it('never takes effect', async () => {
    const key = await freshProgram();
    await createCohort(key);
    await rules.draft(key, ofCohort());
    expect(await rules.activate({ ...key, version: 1 }, from(hour(1)))).toMatchObject(refusal);
    expect((await rules.find({ ...key, version: 1 }))?.validFrom).toBeUndefined();
  });

  it('is refused while the cohort is being created', async () => {
    const key = await freshProgram();
    const [created, activated] = await inTransaction(sql, async (tx) => {
      await tx`lock table cohort_members in share mode`;
      const creation = createCohort(key);
      expect(await waiting(1)).toBe(true);
      await rules.draft(key, ofCohort());
      const activation = rules.activate({ ...key, version: 1 }, from(hour(1)));
      expect(await waiting(2)).toBe(true);
      return [creation, activation] as const;
    }).then((both) => Promise.all(both));
    expect(created).toMatchObject({ kind: 'created' });
    expect(activated).toMatchObject(refusal);
  });

  it('refuses the cohort, while it is being activated and afterwards', async () => {
    const key = await freshProgram();
    await rules.draft(key, ofCohort());
    const [activated, created] = await inTransaction(sql, async (tx) => {
      await tx`lock table audit_log in share mode`;
      const activation = rules.activate({ ...key, version: 1 }, from(hour(1)));
      expect(await waiting(1)).toBe(true);
      const creation = createCohort(key);
      expect(await waiting(2)).toBe(true);
      return [activation, creation] as const;
    }).then((both) => Promise.all(both));
    expect(activated).toMatchObject({ kind: 'begun' });
    expect(created).toMatchObject({ kind: 'in-use' });
    expect(await createCohort(key)).toMatchObject({ kind: 'in-use' });
  });
});

describe('ladderStore', () => {
  it('saves and activates tiers independently of rules, so that tenantStore finds them', async () => {
    const key = await freshProgram();
    await rules.draft(key, draft());
    const request = { terms: goldTerms, createdBy: 'ann', requestKey: 'tiers' };
    const stored = await ladders.draft(key, request);
    expect(stored).toMatchObject({ version: 1, terms: goldTerms });
    expect(await ladders.draft(key, request)).toMatchObject({ version: 1 });
    await ladders.activate({ ...key, version: 1 }, from(hour(1)));
    const tenant = await tenantStore(sql).find(key.tenantId);
    expect(tenant?.programs[0]).toMatchObject({
      rules: [],
      ladders: [{ ...goldTerms, version: 1, validFrom: hour(1) }],
    });
    expect((await changesOf(sql, key.tenantId)).map(({ resource }) => resource as string)).toEqual([
      'programs/points/rules/1',
      'programs/points/tiers/1',
      'programs/points/tiers/1',
    ]);
  });

  it('returns when a later version replaces one', async () => {
    const key = await freshProgram();
    for (const version of [1, 2]) {
      const requestKey = `tiers-${version}`;
      await ladders.draft(key, { terms: goldTerms, createdBy: 'ann', requestKey });
      await ladders.activate({ ...key, version }, from(hour(version)));
    }
    const listed = await ladders.list(key, { limit: 10 });
    expect(listed.map(({ replacedAt }) => replacedAt)).toEqual([undefined, hour(2)]);
  });
});
