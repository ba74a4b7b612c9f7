import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { testSql } from '#shared/testing/servers/servers.ts';
import { accessAudit } from './access-audit.ts';

const sql = await testSql();
const record = accessAudit(sql);
const cohortId = randomUUID();
const redemptionId = randomUUID();
const archivedId = randomUUID();
beforeAll(async () => {
  await sql`insert into tenants (tenant_id, name, currency) values ('acme', 'Acme', 'INR')`;
  await sql`
    insert into cohorts (cohort_id, tenant_id, cohort, name, kind, created_by)
    values (${cohortId}, 'acme', 'vip', 'VIP', 'STATIC', 'ann')`;
  await sql`
    insert into redemptions (tenant_id, redemption_id, customer_id, program, points, status, lots, created_by, times_out_at)
    values ('acme', ${redemptionId}, 'c-1', 'points', 5, 'RESERVED', '[]', 'shop', now())`;
  await sql`insert into archived_redemptions values ('acme', ${archivedId}, 5, now())`;
});

let callers = 0;
/** Each test has a caller of its own. */
const freshCaller = (tenantId = 'nobody') => ({ tenantId, subject: `s-${(callers += 1)}` });
const rowsOf = ({ subject }: { subject: string }) => sql`
  select tenant_id as tenant, action, resource, after from audit_log where subject = ${subject}`;
const request = { method: 'GET', path: '/api/v1/x', tenantId: undefined, ids: [] };

describe('accessAudit', () => {
  it('keeps who asked for which tenant, under a tenant of the caller that need not exist', async () => {
    const caller = freshCaller();
    await record({ ...request, caller, tenantId: 'acme' });
    expect(await rowsOf(caller)).toEqual([
      {
        tenant: 'nobody',
        action: 'access.refused',
        resource: 'GET /api/v1/x',
        after: { tenantId: 'acme' },
      },
    ]);
  });

  it.each([
    ['a cohort', cohortId],
    ['a redemption', redemptionId],
    ['an archived redemption', archivedId],
  ])('finds whose %s an id is', async (_what, id) => {
    const caller = freshCaller();
    await record({ ...request, caller, ids: [randomUUID(), id] });
    expect(await rowsOf(caller)).toMatchObject([{ after: { tenantId: 'acme' } }]);
  });

  it('leaves nothing of ids that nobody has, or that are the caller’s own', async () => {
    const stranger = freshCaller();
    await record({ ...request, caller: stranger, ids: [randomUUID()] });
    const owner = freshCaller('acme');
    await record({ ...request, caller: owner, ids: [cohortId] });
    expect([await rowsOf(stranger), await rowsOf(owner)]).toEqual([[], []]);
  });

  it('keeps the beginning of a path that is too long for an index', async () => {
    const caller = freshCaller();
    await record({ ...request, caller, tenantId: 'acme', path: `/${'x'.repeat(9_000)}` });
    const [row] = await rowsOf(caller);
    expect(row?.['resource']).toBe(`GET /${'x'.repeat(499)}`);
  });
});
