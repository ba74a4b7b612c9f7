import { expect, it } from 'vitest';
import { rowsRead } from '#shared/testing/rows-read.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { auditReader } from './audit-reader.ts';

// One connection, so that it alone decides when its statistics are published.
const sql = await testSql({ max: 1 });

it('a page of the change log by subject or action reads as many entries as it shows', async () => {
  await sql`
    insert into audit_log (tenant_id, subject, action, resource)
    select 'default', case when n % 500 = 1 then 'bob' else 'ann' end, case when n % 500 = 2 then 'rare' else 'often' end, 'r'
    from generate_series(1, 5000) n`;
  await sql`analyze audit_log`;
  const partitions = await sql<{ partition: string }[]>`
    select partition from partitions where table_name = 'audit_log'`;
  const tables = partitions.map(({ partition }) => partition);
  const page = auditReader(sql).page;
  for (const filter of [{ subject: 'bob' }, { action: 'rare' }]) {
    let found: readonly unknown[] = [];
    const read = await rowsRead(sql, tables, async () => {
      found = await page({ tenantId: 'default', ...filter, limit: 5 });
    });
    expect(found).toHaveLength(5);
    expect(read).toBeLessThanOrEqual(20);
  }
});
