import { describe, expect, it } from 'vitest';
import { testSql } from '#shared/testing/servers/servers.ts';
import { changesOf } from '#shared/testing/worlds/tenants.ts';
import { programStore, programsMax } from './program-store.ts';

const sql = await testSql({ max: 8 });
const programs = programStore(sql);

let tenants = 0;
/** Each test has a tenant of its own. */
const freshTenant = async (): Promise<string> => {
  const tenantId = `tenant-${(tenants += 1)}`;
  await sql`insert into tenants (tenant_id, name, currency, time_zone) values (${tenantId}, 'T', 'INR', 'Asia/Kolkata')`;
  return tenantId;
};

const miles = (tenantId: string, requestKey = 'r-1') => ({
  tenantId,
  program: 'miles',
  name: 'Miles',
  unit: 'POINTS',
  createdBy: 'ann',
  requestKey,
});

describe('programStore', () => {
  it('makes a program that list and find then have, and notes who did', async () => {
    const tenantId = await freshTenant();
    const creation = await programs.create(miles(tenantId));
    const record = {
      program: 'miles',
      name: 'Miles',
      unit: 'POINTS',
      timeZone: 'Asia/Kolkata',
      createdAt: expect.any(Date) as Date,
    };
    expect(creation).toEqual({ kind: 'created', record });
    expect(await programs.list(tenantId)).toEqual([record]);
    expect(await programs.find({ tenantId, program: 'miles' })).toEqual(record);
    expect(await programs.find({ tenantId, program: 'none' })).toBeUndefined();
    expect(await changesOf(sql, tenantId)).toEqual([
      {
        subject: 'ann',
        action: 'program.created',
        resource: 'programs/miles',
        before: null,
        after: { name: 'Miles', unit: 'POINTS' },
      },
    ]);
  });

  it('lets one of many at once make a program of a name', async () => {
    const tenantId = await freshTenant();
    const all = Array.from({ length: 8 }, (_, index) =>
      programs.create(miles(tenantId, `r-${index}`)),
    );
    const kinds = (await Promise.all(all)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'created')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'exists')).toHaveLength(7);
    expect(await changesOf(sql, tenantId)).toHaveLength(1);
  });

  it('finds what the same request made, also when it comes many times at once', async () => {
    const tenantId = await freshTenant();
    const all = Array.from({ length: 8 }, () => programs.create(miles(tenantId)));
    expect(new Set((await Promise.all(all)).map(({ kind }) => kind))).toEqual(new Set(['created']));
    expect(await changesOf(sql, tenantId)).toHaveLength(1);
    expect(await programs.create({ ...miles(tenantId), name: 'Other' })).toEqual({
      kind: 'exists',
    });
    expect(await programs.create({ ...miles(tenantId), createdBy: 'bob' })).toEqual({
      kind: 'exists',
    });
  });

  it('makes none for a tenant that does not exist, and none too many', async () => {
    expect(await programs.create(miles('nobody'))).toEqual({ kind: 'unknown-tenant' });
    const tenantId = await freshTenant();
    await sql`
      insert into programs (tenant_id, program, name)
      select ${tenantId}, 'p-' || number, 'P' from generate_series(1, ${programsMax - 1}) number`;
    expect(await programs.create(miles(tenantId))).toMatchObject({ kind: 'created' });
    const another = { ...miles(tenantId, 'r-2'), program: 'another' };
    expect(await programs.create(another)).toEqual({ kind: 'too-many' });
  });
});

describe('audit_log', () => {
  it('refuses every change of its terms', async () => {
    const tenantId = await freshTenant();
    await programs.create(miles(tenantId));
    const refused = { code: '23001' };
    await expect(sql`update audit_log set subject = 'bob'`).rejects.toMatchObject(refused);
    await expect(sql`delete from audit_log`).rejects.toMatchObject(refused);
    await expect(sql`truncate audit_log`).rejects.toMatchObject(refused);
  });
});
