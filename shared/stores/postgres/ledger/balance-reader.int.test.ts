import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { testBalance } from '#shared/testing/worlds/balances.ts';
import { connectPostgres } from '../driver/connect.ts';
import { balanceReader } from './balance-reader.ts';

const { url: databaseUrl } = await testDatabase();
const sql = connectPostgres({ url: databaseUrl, max: 4 });
const truth = balanceReader(sql);
beforeEach(() => sql`delete from points_balances`);
afterAll(() => sql.end());

const balanceOf = (customerId: string, points: number, version = 1, tenantId = 'default') =>
  testBalance({ tenantId, customerId, points, version });

const commit = async (balance: Balance): Promise<void> => {
  const { tenantId, customerId, points, lifetime, version, reachedAt } = balance;
  await sql`insert into points_balances (tenant_id, customer_id, points, lifetime, version, reached_at)
    values (${tenantId}, ${customerId}, ${points}, ${lifetime}, ${version}, ${reachedAt})
    on conflict (tenant_id, customer_id, program)
    do update set points = excluded.points, lifetime = excluded.lifetime, version = excluded.version`;
};

describe('balanceReader', () => {
  it('streams every balance of the tenant once, fewest points first', async () => {
    await Promise.all(
      Array.from({ length: 25 }, (_, index) => commit(balanceOf(`c-${index}`, (index * 7) % 25))),
    );
    await commit(balanceOf('other', 1, 1, 'acme'));
    const chunks = await Array.fromAsync(truth.stream('default', 10));
    expect(chunks.map(({ length }) => length)).toEqual([10, 10, 5]);
    expect(chunks.flat().map(({ points }) => points)).toEqual(
      Array.from({ length: 25 }, (_, p) => p),
    );
    expect(chunks[0]?.[0]).toEqual(balanceOf('c-0', 0));
  });

  it('leaves its connection usable when the reader stops early', async () => {
    await Promise.all(Array.from({ length: 9 }, (_, index) => commit(balanceOf(`c-${index}`, 1))));
    const single = connectPostgres({ url: databaseUrl, max: 1 });
    for await (const chunk of balanceReader(single).stream('default', 2)) {
      expect(chunk).toHaveLength(2);
      break;
    }
    expect(await single`select 1 as one`).toEqual([{ one: 1 }]);
    await single.end();
  });

  it('throws Unavailable when Postgres is unavailable', async () => {
    const nowhere = connectPostgres({ url: 'postgres://127.0.0.1:1/none', max: 1 });
    await expect(
      Array.fromAsync(balanceReader(nowhere).stream('default', 2)),
    ).rejects.toMatchObject({
      name: 'Unavailable',
    });
    await nowhere.end();
  });
});
