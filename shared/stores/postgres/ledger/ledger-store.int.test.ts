import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Unavailable } from '#shared/domain/errors.ts';
import { runs } from '#shared/testing/runs.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { connectPostgres } from '../driver/connect.ts';
import { ledgerStore } from './ledger-store.ts';

const sql = await testSql({ max: 16 });
const ledger = ledgerStore(sql);

let tenants = 0;
/** Each test books under a tenant of its own. */
const freshTenant = () => `tenant-${(tenants += 1)}`;

const sums = (tenantId: string) => sql`
  select customer_id, points::int, (
    select sum(points)::int from points_ledger entry
    where entry.tenant_id = balance.tenant_id and entry.customer_id = balance.customer_id) as entries
  from points_balances balance where tenant_id = ${tenantId} order by customer_id`;

const kinds = (outcomes: readonly { kind: string }[]) => outcomes.map(({ kind }) => kind);

describe('ledgerStore.commit', () => {
  it('books each entry and returns the new balance', async () => {
    const tenantId = freshTenant();
    const [first] = await ledger.commit([earnEntry({ tenantId, points: 12 })]);
    const [second] = await ledger.commit([earnEntry({ tenantId, orderId: 'o-2', points: 3 })]);
    expect(first).toMatchObject({
      kind: 'booked',
      balance: { points: 12, lifetime: 12, version: 1 },
    });
    expect(second).toMatchObject({
      kind: 'booked',
      balance: { points: 15, lifetime: 15, version: 2 },
    });
  });

  it('replays a recorded entry, with the current balance', async () => {
    const tenantId = freshTenant();
    const entry = earnEntry({ tenantId });
    await ledger.commit([entry]);
    await ledger.commit([earnEntry({ tenantId, orderId: 'o-2', points: 5 })]);
    const again = { ...entry, points: 99, ruleVersion: 7, cause: '/redelivered 2' };
    expect(await ledger.commit([again])).toMatchObject([
      {
        kind: 'replayed',
        entry: { points: 12, ruleVersion: 1, cause: '/test 1' },
        balance: {
          tenantId,
          customerId: 'c-1',
          points: 17,
          version: 2,
          reachedAt: entry.occurredAt,
        },
      },
    ]);
  });

  it.each([
    ['amountMinor', { amountMinor: 1 }],
    ['customerId', { customerId: 'c-2' }],
    ['currency', { currency: 'USD' }],
  ])('refuses the same order with another %s and changes nothing', async (field, change) => {
    const tenantId = freshTenant();
    await ledger.commit([earnEntry({ tenantId })]);
    const [outcome] = await ledger.commit([earnEntry({ tenantId, ...change })]);
    expect(outcome).toMatchObject({ kind: 'conflict', field });
    expect(await sums(tenantId)).toMatchObject([{ customerId: 'c-1', points: 12, entries: 12 }]);
  });

  it('distinguishes, within one batch, the first record of an order from repeats and conflicts', async () => {
    const tenantId = freshTenant();
    const entry = earnEntry({ tenantId });
    const outcomes = await ledger.commit([entry, { ...entry }, { ...entry, amountMinor: 1 }]);
    expect(kinds(outcomes)).toEqual(['booked', 'replayed', 'conflict']);
    expect(await sums(tenantId)).toMatchObject([{ points: 12, entries: 12 }]);
  });

  it('keeps the tenants apart', async () => {
    const [one, two] = [freshTenant(), freshTenant()];
    const outcomes = await ledger.commit([
      earnEntry({ tenantId: one }),
      earnEntry({ tenantId: two, amountMinor: 1 }),
    ]);
    expect(kinds(outcomes)).toEqual(['booked', 'booked']);
  });

  it('books an order of 0 points, so that its repeat is known', async () => {
    const tenantId = freshTenant();
    const entry = earnEntry({ tenantId, points: 0 });
    expect(kinds(await ledger.commit([entry]))).toEqual(['booked']);
    expect(kinds(await ledger.commit([entry]))).toEqual(['replayed']);
    expect(await sums(tenantId)).toMatchObject([{ points: 0, entries: 0 }]);
  });

  it('remembers when the points were reached, whatever the order of arrival', async () => {
    const tenantId = freshTenant();
    const at = (hour: number, points: number, customerId: string) =>
      earnEntry({
        tenantId,
        customerId,
        orderId: `${customerId}-${hour}`,
        points,
        occurredAt: new Date(Date.UTC(2026, 0, 1, hour)),
      });
    const arrivals = [
      [9, 5],
      [11, 0],
      [10, 7],
    ] as const;
    for (const [hour, points] of arrivals) await ledger.commit([at(hour, points, 'forth')]);
    for (const [hour, points] of arrivals.toReversed())
      await ledger.commit([at(hour, points, 'back')]);
    const rows = await sql<
      { reachedAt: Date }[]
    >`select reached_at from points_balances where tenant_id = ${tenantId}`;
    expect(rows.map((row) => row.reachedAt.getUTCHours())).toEqual([10, 10]);
  });

  it('pays one order once under concurrent redelivery and agrees with itself about it', async () => {
    const tenantId = freshTenant();
    const entries = Array.from({ length: 20 }, (_, number) =>
      earnEntry({ tenantId, orderId: `o-${number}`, customerId: `c-${number % 3}`, points: 10 }),
    );
    const rotations = Array.from({ length: 16 }, (_, by) => [
      ...entries.slice(by),
      ...entries.slice(0, by),
    ]);
    const results = await Promise.all(rotations.map((batch) => ledger.commit(batch)));
    const recorded = results.flat().filter(({ kind }) => kind === 'booked');
    expect(recorded).toHaveLength(20);
    expect(results.flat().every(({ kind }) => kind === 'booked' || kind === 'replayed')).toBe(true);
    expect(await sums(tenantId)).toMatchObject([
      { points: 70, entries: 70 },
      { points: 70, entries: 70 },
      { points: 60, entries: 60 },
    ]);
  });

  it('gives every balance version once, so that a cache can distinguish newer from older', async () => {
    const tenantId = freshTenant();
    const batches = Array.from({ length: 30 }, (_, number) => [
      earnEntry({ tenantId, orderId: `o-${number}` }),
    ]);
    const results = (await Promise.all(batches.map((batch) => ledger.commit(batch)))).flat();
    const versions = results.map((outcome) =>
      outcome.kind === 'booked' ? outcome.balance.version : 0,
    );
    expect(versions.toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 30 }, (_, index) => index + 1),
    );
  });

  it('equals a fold over the first of each order, for any batches', async () => {
    const order = fc.record({
      orderId: fc.integer({ min: 1, max: 8 }).map((number) => `o-${number}`),
      customerId: fc.constantFrom('a', 'b'),
      points: fc.integer({ min: 0, max: 1_000 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(order, { maxLength: 6 }), { maxLength: 6 }),
        async (batches) => {
          const tenantId = freshTenant();
          const first = new Map<string, { customerId: string; points: number }>();
          for (const batch of batches) {
            // The amount follows the points, so that the same order with other points is another
            // content.
            const entries = batch.map((it) =>
              earnEntry({ tenantId, ...it, amountMinor: 1 + it.points }),
            );
            const outcomes = await ledger.commit(entries);
            batch.forEach((it, index) => {
              const standing = first.get(it.orderId);
              const same = standing?.points === it.points && standing.customerId === it.customerId;
              expect(outcomes[index]?.kind).toBe(
                !standing ? 'booked' : same ? 'replayed' : 'conflict',
              );
              if (!standing) first.set(it.orderId, it);
            });
          }
          const expected = Object.groupBy(first.values(), ({ customerId }) => customerId);
          for (const { customerId, points, entries } of await sums(tenantId)) {
            const sum = expected[customerId as 'a']?.reduce((total, it) => total + it.points, 0);
            expect([points, entries]).toEqual([sum, sum]);
          }
        },
      ),
      { numRuns: runs(15) },
    );
  });

  it('throws Unavailable when Postgres is unavailable', async () => {
    const nowhere = connectPostgres({ url: 'postgres://localhost:1/none', max: 1 });
    await expect(ledgerStore(nowhere).commit([earnEntry()])).rejects.toThrow(Unavailable);
    await nowhere.end();
  });
});

describe('points_ledger', () => {
  it.each([
    'update points_ledger set points = 0',
    'delete from points_ledger',
    'truncate points_ledger',
  ])('refuses to %s', async (statement) => {
    await expect(sql.unsafe(statement)).rejects.toThrow('points_ledger is append-only');
  });
});
