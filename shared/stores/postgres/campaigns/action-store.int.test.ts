import { describe, expect, it } from 'vitest';
import { testSql } from '#shared/testing/servers/servers.ts';
import { newTenant } from '#shared/testing/worlds/tenants.ts';
import { actionStore } from './action-store.ts';

const sql = await testSql({ max: 8 });
const actions = actionStore(sql);

/** Each test has a tenant of its own. */
const freshAction = async () => {
  const tenantId = await newTenant(sql);
  return { tenantId, action: 'PURCHASE' };
};
const purchase = {
  description: 'Somebody bought something',
  fields: {
    amountMinor: { type: 'int', required: true },
    coupon: { type: 'string', required: false, description: 'A code' },
  },
  createdBy: 'ann',
} as const;
const fine = () => [];

describe('actionStore', () => {
  it('saves versions one after the other, and finds the newest or a certain one', async () => {
    const key = await freshAction();
    const first = await actions.save(key, purchase, fine);
    const stored = {
      action: 'PURCHASE',
      version: 1,
      ...purchase,
      createdAt: expect.any(Date) as Date,
    };
    expect(first).toEqual({ kind: 'saved', stored });
    const other = { ...purchase, description: 'A sale', createdBy: 'bob' };
    const seen: unknown[] = [];
    await actions.save(key, other, (before) => {
      seen.push(before);
      return [];
    });
    expect(seen).toEqual([stored]);
    expect(await actions.find(key)).toMatchObject({ version: 2, createdBy: 'bob' });
    expect(await actions.find(key, 1)).toEqual(stored);
    expect(await actions.find(key, 3)).toBeUndefined();
    expect(await actions.find({ ...key, tenantId: 'other' })).toBeUndefined();
    const audit = await sql`
      select subject, action, resource from audit_log where tenant_id = ${key.tenantId} order by audit_no`;
    expect(audit).toEqual([
      { subject: 'ann', action: 'action.saved', resource: 'actions/PURCHASE/1' },
      { subject: 'bob', action: 'action.saved', resource: 'actions/PURCHASE/2' },
    ]);
  });

  it('makes one version of what is saved many times at once, in whatever order its fields are', async () => {
    const key = await freshAction();
    const { amountMinor, coupon } = purchase.fields;
    const turned = { ...purchase, fields: { coupon, amountMinor }, createdBy: 'bob' };
    const all = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        actions.save(key, index % 2 === 0 ? purchase : turned, fine),
      ),
    );
    expect(all.filter(({ kind }) => kind === 'saved')).toHaveLength(1);
    expect(all.filter(({ kind }) => kind === 'unchanged')).toHaveLength(7);
    expect(await actions.find(key)).toMatchObject({ version: 1 });
  });

  it('saves nothing that is refused, and nothing for an unknown tenant', async () => {
    const key = await freshAction();
    await actions.save(key, purchase, fine);
    const other = { ...purchase, fields: {} };
    expect(await actions.save(key, other, () => ['no'])).toEqual({
      kind: 'refused',
      defects: ['no'],
    });
    expect(await actions.find(key)).toMatchObject({ version: 1 });
    const nowhere = { ...key, tenantId: 'nobody' };
    expect(await actions.save(nowhere, purchase, fine)).toEqual({ kind: 'unknown-tenant' });
  });

  it('lists the newest version of each action by code, page by page', async () => {
    const { tenantId } = await freshAction();
    let saved = 0;
    for (const action of ['VISIT', 'CHECK_IN', 'PURCHASE', 'CHECK_IN']) {
      const description = `${action} ${(saved += 1)}`;
      await actions.save({ tenantId, action }, { ...purchase, description }, fine);
    }
    const page = await actions.page(tenantId, { limit: 2 });
    expect(page).toMatchObject([
      { action: 'CHECK_IN', version: 2 },
      { action: 'PURCHASE', version: 1 },
    ]);
    expect(await actions.page(tenantId, { limit: 2, after: 'PURCHASE' })).toMatchObject([
      { action: 'VISIT' },
    ]);
  });
});
