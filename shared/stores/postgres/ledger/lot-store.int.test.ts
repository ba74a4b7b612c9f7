import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '#scripts/services/eventually.ts';
import { derivedId } from '#shared/eventing/derived-id.ts';
import { lockWaits } from '#shared/testing/lock-waits.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { connectPostgres } from '../driver/connect.ts';
import { outbox } from '../journal/outbox.ts';
import { bookEntries } from './book-entries.ts';
import { type HeldAccount, heldAccount, holdAccounts } from './hold-accounts.ts';
import { lotStore } from './lot-store.ts';

const { url } = await testDatabase();
const sql = connectPostgres({ url, max: 4 });
const store = lotStore(sql);
afterAll(() => sql.end());
await sql`insert into tenants (tenant_id, name, currency, status)
  values ('acme', 'Acme', 'INR', 'ACTIVE'), ('gone', 'Gone', 'INR', 'SUSPENDED')`;

const at = new Date('2027-01-01T00:00:00Z');
const later = new Date(at.getTime() + 1);
const lotOf = (customerId: string) => derivedId('lot', customerId);

/** Ten points of a customer that lapse at an instant. */
const pay = (customerId: string, expiresAt: Date, tenantId = 'default') =>
  bookEntries(sql, [
    earnEntry({
      tenantId,
      customerId,
      orderId: `o-${customerId}`,
      points: 10,
      lotId: lotOf(customerId),
      expiresAt,
    }),
  ]);

const close = ({ balance }: HeldAccount) => ({
  entries: [
    {
      ...earnEntry({ ...balance, lotId: lotOf(balance.customerId), expiresAt: at }),
      kind: 'EXPIRE' as const,
      counterAccount: 'expired' as const,
      causeId: balance.customerId,
      points: -10,
    },
  ],
  facts: [{ id: derivedId(balance.customerId), time: at }],
});
const due = { event: 'expiry', tenantId: 'default', now: at, lotsMax: 10 } as const;
const customersOf = (changed: Awaited<ReturnType<typeof store.changeDue>>) =>
  changed.entries.map(({ customerId }) => customerId).sort();

beforeEach(async () => {
  await sql`delete from points_lots`;
  await sql`delete from lapsed_lots`;
  await sql`delete from points_balances`;
  await sql`delete from outbox`;
  await sql`alter table points_ledger disable trigger user`;
  await sql`delete from points_ledger`;
  await sql`alter table points_ledger enable trigger user`;
});

describe('changeDue', () => {
  it('shows whoever has lots that are due, of the tenant only, and commits what was decided', async () => {
    await pay('a', at);
    await pay('b', later);
    await pay('c', at, 'acme');
    const changed = await store.changeDue(due, close);
    expect(changed).toMatchObject({
      found: 1,
      facts: [{ id: derivedId('a') }],
      balances: [{ customerId: 'a', points: 0, version: 2 }],
    });
    expect(customersOf(changed)).toEqual(['a']);
    expect(await sql`select from points_lots where customer_id = 'a'`).toHaveLength(0);
    expect(await sql`select points from lapsed_lots where customer_id = 'a'`).toEqual([
      { points: 10 },
    ]);
    expect(await outbox(sql).overdue(0, 10)).toEqual([{ id: derivedId('a'), time: at }]);
    expect(await store.changeDue(due, close)).toMatchObject({ found: 0, entries: [] });
  });

  it('takes the oldest first, and no more than asked for', async () => {
    for (const [customerId, ageMs] of [
      ['a', 1],
      ['b', 3],
      ['c', 2],
    ] as const)
      await pay(customerId, new Date(at.getTime() - ageMs));
    const changed = await store.changeDue({ ...due, lotsMax: 2 }, close);
    expect(customersOf(changed)).toEqual(['b', 'c']);
    expect(changed.found).toBe(2);
  });

  it('waits for whoever holds an account, and shows what that one has left', async () => {
    await pay('a', at);
    const held = Promise.withResolvers<undefined>();
    const go = Promise.withResolvers<undefined>();
    const other = sql.begin(async (transaction) => {
      const key = { tenantId: 'default', customerId: 'a', program: 'points' };
      const account = heldAccount(await holdAccounts(transaction, [key], { create: false }), key);
      held.resolve(undefined);
      await go.promise;
      await bookEntries(transaction, close(account).entries);
    });
    await held.promise;
    const points: number[] = [];
    const waiting = store.changeDue(due, ({ balance, lots }) => {
      points.push(balance.points, ...lots.map((lot) => lot.points));
      return { entries: [], facts: [] };
    });
    await eventually(async () => (await lockWaits(sql)) > 0, { timeoutMs: 20_000 });
    expect(points).toEqual([]);
    go.resolve(undefined);
    await Promise.all([other, waiting]);
    expect(points).toEqual([0, 0]);
  });

  it('commits nothing where a decision fails', async () => {
    await pay('a', at);
    await pay('b', at);
    let decisions = 0;
    const failing = (account: HeldAccount) => {
      decisions += 1;
      if (decisions === 2) throw new Error('broken');
      return close(account);
    };
    await expect(store.changeDue(due, failing)).rejects.toThrow('broken');
    expect(await sql`select from points_ledger where kind = 'EXPIRE'`).toHaveLength(0);
    expect(await sql`select from outbox`).toHaveLength(0);
  });

  it('finds nothing due where all that is left is reserved', async () => {
    await pay('a', at);
    await sql`update points_lots set reserved = 10`;
    expect(await store.changeDue(due, close)).toMatchObject({ found: 0 });
  });

  it('finds pending lots by the date of their release', async () => {
    const pending = { account: 'pending', lotId: lotOf('a'), points: 5 } as const;
    await bookEntries(sql, [
      earnEntry({ ...pending, customerId: 'a', orderId: 'o-a', availableAt: at, expiresAt: at }),
      earnEntry({ ...pending, customerId: 'b', orderId: 'o-b', availableAt: later }),
      earnEntry({ ...pending, customerId: 'c', orderId: 'o-c', awaits: 'delivered' }),
    ]);
    const seen: string[] = [];
    const look = ({ balance }: HeldAccount) => {
      seen.push(balance.customerId);
      return { entries: [], facts: [] };
    };
    await store.changeDue({ ...due, event: 'release' }, look);
    expect(seen).toEqual(['a']);
    expect(await store.changeDue(due, close)).toMatchObject({ found: 0 });
  });

  it('says Unavailable when Postgres is not there', async () => {
    const nowhere = connectPostgres({ url: 'postgres://127.0.0.1:1/none', max: 1 });
    await expect(lotStore(nowhere).changeDue(due, close)).rejects.toMatchObject({
      name: 'Unavailable',
      dependency: 'postgres',
    });
    await nowhere.end();
  });
});

describe('oldestDue', () => {
  it('is the oldest date of active tenants that has come and is not done', async () => {
    expect(await store.oldestDue('expiry', at)).toBeUndefined();
    await pay('a', later);
    await pay('b', new Date('2026-01-01T00:00:00Z'), 'gone');
    expect(await store.oldestDue('expiry', at)).toBeUndefined();
    await pay('c', at, 'acme');
    expect(await store.oldestDue('expiry', later)).toEqual(at);
    expect(await store.oldestDue('release', later)).toBeUndefined();
  });
});
