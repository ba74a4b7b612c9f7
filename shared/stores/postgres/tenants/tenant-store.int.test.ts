import { describe, expect, it } from 'vitest';
import { plainTerms } from '#shared/domain/earning/rating/earning-rule.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { connectPostgres } from '../driver/connect.ts';
import { tenantStore } from './tenant-store.ts';

const sql = await testSql();
const tenants = tenantStore(sql);

describe('tenantStore', () => {
  it('finds a tenant with its rules and boards', async () => {
    expect(await tenants.find('default')).toEqual({
      tenantId: 'default',
      name: 'Default',
      currency: 'INR',
      timeZone: 'Asia/Kolkata',
      status: 'ACTIVE',
      programs: [
        {
          program: 'points',
          unit: 'POINTS',
          rules: [
            {
              ...plainTerms,
              version: 1,
              currency: 'INR',
              rate: { points: 1, perMinor: 10_000 },
              validFrom: new Date(0),
            },
          ],
          ladders: [],
        },
      ],
      boards: [{ tenantId: 'default', board: 'main', tiePolicy: 'competition' }],
    });
  });

  it('sees soon that an unknown tenant was created', async () => {
    expect(await tenants.find('acme')).toBeUndefined();
    await sql`insert into tenants (tenant_id, name, currency) values ('acme', 'Acme', 'USD')`;
    await expect.poll(() => tenants.find('acme')).toMatchObject({ currency: 'USD' });
  });

  it('lists the active ones', async () => {
    await sql`insert into tenants (tenant_id, name, currency, status) values ('gone', 'Gone', 'INR', 'SUSPENDED')`;
    const ids = (await tenants.all()).map(({ tenantId }) => tenantId);
    expect(ids).toContain('default');
    expect(ids).not.toContain('gone');
  });

  it('throws Unavailable when Postgres is unavailable, and does not cache that', async () => {
    const nowhere = connectPostgres({ url: 'postgres://localhost:1/none', max: 1 });
    await expect(tenantStore(nowhere).find('default')).rejects.toThrow(Unavailable);
    await nowhere.end();
  });
});
