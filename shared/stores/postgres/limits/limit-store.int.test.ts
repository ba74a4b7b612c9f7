import { describe, expect, it } from 'vitest';
import { testSql } from '#shared/testing/servers/servers.ts';
import { changesOf, newTenant } from '#shared/testing/worlds/tenants.ts';
import { limitStore } from './limit-store.ts';

const sql = await testSql({ max: 8 });
const limits = limitStore(sql);

const caps = {
  maxPerDay: 5,
  maxTotal: 1_000,
  windowDays: 30,
  amounts: { INR: { maxPerDay: 50_000 }, POINTS: { maxTotal: 9_000_000_000 } },
};

describe('limitStore', () => {
  it('limits nothing for a tenant that set none, and has nothing for one that is not', async () => {
    const tenantId = await newTenant(sql);
    expect(await limits.find(tenantId)).toEqual({
      tenantId,
      caps: { GLOBAL: {}, USER: {} },
      versions: { GLOBAL: 0, USER: 0 },
    });
    expect(await limits.find('nobody')).toBeUndefined();
    expect(await limits.upsert('USER', caps, { tenantId: 'nobody', subject: 'ann' })).toEqual({
      kind: 'unknown-tenant',
    });
  });

  it('puts all caps of a scope in the place of those before, and notes who did', async () => {
    const tenantId = await newTenant(sql);
    const setting = { tenantId, subject: 'ann' };
    await limits.upsert('USER', caps, setting);
    expect((await limits.find(tenantId))?.caps).toEqual({ GLOBAL: {}, USER: caps });
    const change = await limits.upsert('USER', { maxTotal: 0 }, setting);
    expect(change).toEqual({
      kind: 'set',
      limits: {
        tenantId,
        caps: { GLOBAL: {}, USER: { maxTotal: 0 } },
        versions: { GLOBAL: 0, USER: 2 },
      },
    });
    await limits.upsert('GLOBAL', { maxPerDay: 7 }, setting);
    const noted = { subject: 'ann', action: 'limits.set' };
    expect(await changesOf(sql, tenantId)).toEqual([
      { ...noted, resource: 'user-limits', before: {}, after: caps },
      { ...noted, resource: 'user-limits', before: caps, after: { maxTotal: 0 } },
      { ...noted, resource: 'limits', before: {}, after: { maxPerDay: 7 } },
    ]);
  });

  it('sets the same caps once, also when they come many times at once', async () => {
    const tenantId = await newTenant(sql);
    const all = Array.from({ length: 8 }, () =>
      limits.upsert('GLOBAL', caps, { tenantId, subject: 'ann' }),
    );
    expect(new Set((await Promise.all(all)).map(({ kind }) => kind))).toEqual(new Set(['set']));
    expect(await limits.find(tenantId)).toMatchObject({ versions: { GLOBAL: 1, USER: 0 } });
    expect(await changesOf(sql, tenantId)).toHaveLength(1);
  });

  it('lets one of many at once change what all of them saw', async () => {
    const tenantId = await newTenant(sql);
    const all = Array.from({ length: 8 }, (_, maxTotal) =>
      limits.upsert(
        'GLOBAL',
        { maxTotal },
        {
          tenantId,
          subject: 'ann',
          ifRevision: '0.0',
        },
      ),
    );
    const kinds = (await Promise.all(all)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'set')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'changed-meanwhile')).toHaveLength(7);
  });
});
