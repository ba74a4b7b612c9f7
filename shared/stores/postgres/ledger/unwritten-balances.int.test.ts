import { beforeEach, describe, expect, it } from 'vitest';
import { testSql } from '#shared/testing/servers/servers.ts';
import { connectPostgres } from '../driver/connect.ts';
import { unwrittenBalances } from './unwritten-balances.ts';

const sql = await testSql({ max: 8 });
const store = unwrittenBalances(sql);

const version = (customerId: string, number: number) => ({
  tenantId: 'default',
  customerId,
  program: 'points',
  version: number,
});
const commit = (customerId: string, number: number) => sql`
  insert into points_balances (tenant_id, customer_id, points, lifetime, version, reached_at)
  values ('default', ${customerId}, ${number}, ${number}, ${number}, now())
  on conflict (tenant_id, customer_id, program) do update set version = excluded.version`;
const notes = async () =>
  (await sql`select customer_id, version from unwritten_balances order by customer_id`).map(
    (row) => `${row['customerId']} ${row['version']}`,
  );

beforeEach(() => sql`truncate unwritten_balances, points_balances`);

describe('unwrittenBalances', () => {
  it('notes the newest version of each balance once, in whatever order they come', async () => {
    await store.note([version('b', 2), version('a', 1), version('b', 3)]);
    await store.note([version('b', 1), version('a', 4)]);
    expect(await notes()).toEqual(['a 4', 'b 3']);
  });

  it('returns the current balances, page by page', async () => {
    for (const [index, customerId] of ['a', 'b', 'c'].entries()) {
      await commit(customerId, index + 10);
      await store.note([version(customerId, 1)]);
    }
    await commit('not noted', 1);
    const first = await store.page(undefined, 2);
    const second = await store.page(first.at(-1), 2);
    expect([...first, ...second]).toMatchObject([
      version('a', 10),
      version('b', 11),
      version('c', 12),
    ]);
    expect(await store.page(second.at(-1), 2)).toEqual([]);
  });

  it('keeps the note of a newer version than the one that was written', async () => {
    await store.note([version('a', 5), version('b', 5), version('c', 5)]);
    await store.remove([version('a', 4), version('b', 5), version('c', 6)]);
    expect(await notes()).toEqual(['a 5']);
  });

  it('loses no newer note and waits in no circle when many note and remove at once', async () => {
    const customers = Array.from({ length: 40 }, (_, index) => `c-${index}`);
    const batch = (number: number, order: number) =>
      customers.map((customerId) => version(customerId, number)).sort(() => order);
    const work = Array.from({ length: 40 }, (_, index) =>
      index % 2 === 0
        ? store.note(batch(index, index % 4 === 0 ? 1 : -1))
        : store.remove(batch(index - 1, index % 4 === 1 ? -1 : 1)),
    );
    await Promise.all([...work, store.note(batch(99, 1))]);
    expect(new Set(await notes())).toEqual(new Set(customers.map((id) => `${id} 99`)));
  });

  it('throws Unavailable when Postgres is unavailable', async () => {
    const nowhere = connectPostgres({ url: 'postgres://127.0.0.1:1/nowhere', max: 1 });
    await expect(unwrittenBalances(nowhere).note([version('a', 1)])).rejects.toMatchObject({
      name: 'Unavailable',
    });
    await nowhere.end();
  });
});
