import { beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '#scripts/services/eventually.ts';
import { expireLots } from '#shared/domain/ledger/expire-lots.ts';
import type { LedgerEntry } from '#shared/domain/ledger/ledger-entry.ts';
import { derivedId } from '#shared/eventing/domain-event.ts';
import { intruder } from '#shared/testing/intruder.ts';
import { lockWaits } from '#shared/testing/lock-waits.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { connectPostgres } from '../driver/connect.ts';
import { outbox } from '../journal/outbox.ts';
import { lockedWallet, lockWallets } from './lock-wallets.ts';
import { lotStore } from './lot-store.ts';
import { recordEntries } from './record-entries.ts';

const sql = await testSql();
const asAnIntruder = intruder(sql);
const store = lotStore(sql);
await sql`insert into tenants (tenant_id, name, currency, status)
  values ('acme', 'Acme', 'INR', 'ACTIVE'), ('gone', 'Gone', 'INR', 'SUSPENDED')`;

const at = new Date('2027-01-01T00:00:00Z');
const later = new Date(at.getTime() + 1);
const lotOf = (customerId: string) => derivedId('lot', customerId);

/** Ten points of a customer that expire at an instant. */
const pay = (customerId: string, expiresAt: Date, tenantId = 'default') =>
  recordEntries(sql, [
    earnEntry({
      tenantId,
      customerId,
      orderId: `o-${customerId}`,
      points: 10,
      lotId: lotOf(customerId),
      expiresAt,
    }),
  ]);

const eventsOf = (entries: readonly LedgerEntry[]) =>
  entries.map(({ customerId }) => ({ id: derivedId(customerId), time: at }));
const due = {
  event: 'expiry',
  tenantId: 'default',
  now: at,
  cause: '/test tick',
  lotsMax: 10,
} as const;
const customersOf = (changed: Awaited<ReturnType<typeof store.changeDue>>) =>
  changed.entries.map(({ customerId }) => customerId).sort();

beforeEach(async () => {
  await sql`delete from points_lots`;
  await sql`delete from lapsed_lots`;
  await sql`delete from points_balances`;
  await sql`delete from outbox`;
  await asAnIntruder('truncate points_ledger, ledger_keys');
});

describe('changeDue', () => {
  it('closes lots that are due, of the tenant only, with their events', async () => {
    await pay('a', at);
    await pay('b', later);
    await pay('c', at, 'acme');
    const changed = await store.changeDue(due, eventsOf);
    expect(changed).toMatchObject({
      found: 1,
      domainEvents: [{ id: derivedId('a') }],
      balances: [{ customerId: 'a', points: 0, version: 2 }],
    });
    expect(customersOf(changed)).toEqual(['a']);
    expect(await sql`select from points_lots where customer_id = 'a'`).toHaveLength(0);
    expect(await sql`select points from lapsed_lots where customer_id = 'a'`).toEqual([
      { points: 10 },
    ]);
    expect(await outbox(sql).overdue(0, 10)).toEqual([{ id: derivedId('a'), time: at }]);
    expect(await store.changeDue(due, eventsOf)).toMatchObject({ found: 0, entries: [] });
  });

  it('takes the oldest first, and no more than asked for', async () => {
    for (const [customerId, ageMs] of [
      ['a', 1],
      ['b', 3],
      ['c', 2],
    ] as const)
      await pay(customerId, new Date(at.getTime() - ageMs));
    const changed = await store.changeDue({ ...due, lotsMax: 2 }, eventsOf);
    expect(customersOf(changed)).toEqual(['b', 'c']);
    expect(changed.found).toBe(2);
  });

  it('waits for whoever locks a wallet, and closes what that one has left', async () => {
    await pay('a', at);
    const held = Promise.withResolvers<undefined>();
    const go = Promise.withResolvers<undefined>();
    const other = sql.begin(async (transaction) => {
      const key = { tenantId: 'default', customerId: 'a', program: 'points' };
      const locked = lockedWallet(await lockWallets(transaction, [key], { create: false }), key);
      held.resolve(undefined);
      await go.promise;
      await recordEntries(transaction, expireLots(locked, due));
    });
    await held.promise;
    const waiting = store.changeDue(due, eventsOf);
    await eventually(async () => (await lockWaits(sql)) > 0, { timeoutMs: 20_000 });
    go.resolve(undefined);
    const [, changed] = await Promise.all([other, waiting]);
    expect(changed.entries).toEqual([]);
    expect(await sql`select from points_ledger where kind = 'EXPIRE'`).toHaveLength(1);
  });

  it('commits nothing where an event cannot be built', async () => {
    await pay('a', at);
    const failing = () => {
      throw new Error('broken');
    };
    await expect(store.changeDue(due, failing)).rejects.toThrow('broken');
    expect(await sql`select from points_ledger where kind = 'EXPIRE'`).toHaveLength(0);
    expect(await sql`select from outbox`).toHaveLength(0);
  });

  it('finds nothing due where all that is left is reserved', async () => {
    await pay('a', at);
    await sql`update points_lots set reserved = 10`;
    expect(await store.changeDue(due, eventsOf)).toMatchObject({ found: 0 });
  });

  it('finds pending lots by the date of their release', async () => {
    const pending = { account: 'pending', lotId: lotOf('a'), points: 5 } as const;
    await recordEntries(sql, [
      earnEntry({ ...pending, customerId: 'a', orderId: 'o-a', availableAt: at, expiresAt: at }),
      earnEntry({ ...pending, customerId: 'b', orderId: 'o-b', availableAt: later }),
      earnEntry({ ...pending, customerId: 'c', orderId: 'o-c', awaits: 'delivered' }),
    ]);
    const released = await store.changeDue({ ...due, event: 'release' }, eventsOf);
    expect(customersOf(released)).toEqual(['a']);
    expect(await sql`select from points_lots where account = 'pending'`).toHaveLength(2);
  });

  it('throws Unavailable when Postgres is unavailable', async () => {
    const nowhere = connectPostgres({ url: 'postgres://127.0.0.1:1/none', max: 1 });
    await expect(lotStore(nowhere).changeDue(due, eventsOf)).rejects.toMatchObject({
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
