import { describe, expect, it } from 'vitest';
import { defaultRetention } from '#shared/domain/time/retention.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { limitStore } from '../limits/limit-store.ts';
import { tenantRegistry } from './tenant-registry.ts';
import { tenantStore } from './tenant-store.ts';

const sql = await testSql({ max: 8 });
const registry = tenantRegistry(sql);

const acme = {
  tenantId: 'acme',
  name: 'Acme',
  currency: 'INR',
  timeZone: 'Asia/Kolkata',
  createdBy: 'operator',
};

describe('tenantRegistry', () => {
  it('makes a tenant with a program, a board and limits, once when asked many times at once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => registry.create(acme)));
    const { createdBy: _createdBy, ...fields } = acme;
    const record = {
      ...fields,
      status: 'ACTIVE',
      retention: defaultRetention,
      createdAt: expect.any(Date) as Date,
    };
    for (const creation of all) expect(creation).toEqual({ kind: 'created', record });
    expect(await registry.find('acme')).toEqual(record);
    expect(await tenantStore(sql).find('acme')).toEqual({
      ...fields,
      status: 'ACTIVE',
      programs: [{ program: 'points', unit: 'POINTS', rules: [], ladders: [] }],
      boards: [{ tenantId: 'acme', board: 'main', tiePolicy: 'competition' }],
    });
    expect(await limitStore(sql).find('acme')).toMatchObject({
      caps: { GLOBAL: {}, USER: {} },
      versions: { GLOBAL: 1, USER: 1 },
    });
    const audit = await sql`
      select subject, action, after from audit_log where tenant_id = 'acme'`;
    const after = { name: 'Acme', currency: 'INR', timeZone: 'Asia/Kolkata' };
    expect(audit).toEqual([{ subject: 'operator', action: 'tenant.created', after }]);
  });

  it('never takes an id for another tenant', async () => {
    await registry.create({ ...acme, tenantId: 'taken' });
    for (const change of [{ name: 'Other' }, { currency: 'USD' }, { timeZone: 'UTC' }]) {
      const other = { ...acme, tenantId: 'taken', ...change };
      expect(await registry.create(other)).toEqual({ kind: 'exists' });
    }
    expect(await registry.find('taken')).toMatchObject({ name: 'Acme' });
    expect(await registry.find('none')).toBeUndefined();
  });
});
