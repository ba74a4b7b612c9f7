import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '#scripts/services/eventually.ts';
import { emptyState } from '#shared/domain/earning/earning-state.ts';
import {
  type LockedTier,
  reviewTier,
  type TierReview,
} from '#shared/domain/earning/tiers/review-tier.ts';
import { derivedId } from '#shared/eventing/domain-event.ts';
import { lockWaits } from '#shared/testing/lock-waits.ts';
import { rowsRead } from '#shared/testing/rows-read.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { earningProgram, tierLadder } from '#shared/testing/worlds/earning.ts';
import { connectPostgres } from '../driver/connect.ts';
import { lockWallets, toEarningColumns } from '../ledger/lock-wallets.ts';
import { tierStore } from './tier-store.ts';

const { url } = await testDatabase();
const sql = connectPostgres({ url, max: 4 });
const store = tierStore(sql);
afterAll(() => sql.end());

const now = new Date('2027-01-01T00:00:00Z');
const inDays = (days: number) => new Date(now.getTime() + days * 86_400_000);

const { state } = toEarningColumns(emptyState);

type Stored = Readonly<{ notifiedOf?: Date; updatedAt?: Date; tenantId?: string }>;

const add = async (customerId: string, fallsAt: Date | null, stored: Stored = {}) => {
  const { notifiedOf = null, updatedAt = now, tenantId = 'default' } = stored;
  await sql`insert into points_balances (tenant_id, customer_id, program, points, lifetime, version, reached_at)
    values (${tenantId}, ${customerId}, 'points', 0, 0, 1, ${now})`;
  await sql`insert into earning_accounts
      (tenant_id, customer_id, program, state, tier, falls_at, notified_of, updated_at)
    values (${tenantId}, ${customerId}, 'points', ${sql.json(state)}, 'gold', ${fallsAt}, ${notifiedOf},
      ${updatedAt})`;
};

/** Under it a wallet without orders has no tier. */
const earning = { program: earningProgram([], [tierLadder()]), timeZone: 'Asia/Kolkata' };
const program = { tenantId: 'default', earning, now, walletsMax: 10 } as const;
const dueFalls = { ...program, due: 'falls' } as const;
const dueNotices = { ...program, due: 'notice', noticeUntil: inDays(7) } as const;
const ladder = { ...program, due: 'ladder', since: now, after: '' } as const;

const eventsOf = ({ customerId }: LockedTier) => [{ id: derivedId(customerId), time: now }];
const customersDue = async (due: Parameters<typeof store.reviewDue>[0]) => {
  const seen: string[] = [];
  await store.reviewDue(due, (tier) => {
    seen.push(tier.customerId);
    return eventsOf(tier);
  });
  return seen.sort();
};

beforeEach(async () => {
  await sql`delete from earning_accounts`;
  await sql`delete from points_balances`;
  await sql`delete from outbox`;
});

describe('reviewDue', () => {
  it('lists customers who have fallen, notified or not, and those who will fall soon and were not notified', async () => {
    await add('fallen', now);
    await add('fallen-notified', inDays(-1), { notifiedOf: inDays(-1) });
    await add('near', inDays(7));
    await add('near-notified', inDays(7), { notifiedOf: inDays(7) });
    await add('near-notified-of-another', inDays(7), { notifiedOf: inDays(3) });
    await add('far', new Date(inDays(7).getTime() + 1));
    await add('never', null);
    await add('elsewhere', now, { tenantId: 'acme' });
    expect(await customersDue(dueFalls)).toEqual(['fallen', 'fallen-notified']);
    expect(await customersDue(dueNotices)).toEqual(['near', 'near-notified-of-another']);
  });

  it('keeps what a review found and its events, and leaves the state alone', async () => {
    await add('a', now, { notifiedOf: now });
    const review = (tier: LockedTier, found: TierReview) => {
      expect(tier).toEqual({
        tenantId: 'default',
        customerId: 'a',
        program: 'points',
        state: emptyState,
        grants: [],
        tier: 'gold',
        fallsAt: now,
        notifiedOf: now,
      });
      expect(found).toEqual(reviewTier(tier, program));
      return eventsOf(tier);
    };
    expect(await store.reviewDue(dueFalls, review)).toEqual({
      domainEvents: [{ id: derivedId('a'), time: now }],
      found: 1,
      last: 'a',
    });
    expect(await sql`select state, tier, falls_at, notified_of from earning_accounts`).toEqual([
      { state, tier: null, fallsAt: null, notifiedOf: now },
    ]);
    expect(await sql`select fact_id from outbox`).toEqual([{ factId: derivedId('a') }]);
    expect(await customersDue(dueFalls)).toEqual([]);
  });

  it('shows whoever was not looked at since a ladder began, once', async () => {
    await add('before', null, { updatedAt: new Date(now.getTime() - 1) });
    await add('since', null, { updatedAt: now });
    expect(await customersDue(ladder)).toEqual(['before']);
    expect(await customersDue(ladder)).toEqual([]);
  });

  it('ends also where the ladder is looked back on from before', async () => {
    await add('a', null, { updatedAt: now });
    const ahead = { ...ladder, since: inDays(1) };
    expect(await customersDue(ahead)).toEqual(['a']);
    expect(await customersDue(ahead)).toEqual([]);
  });

  it('works through many in bounded transactions, also with several callers', async () => {
    const customers = Array.from({ length: 40 }, (_, index) => `c-${index}`);
    for (const customerId of customers) await add(customerId, now);
    const falls = new Set<string>();
    const work = async () => {
      for (let found = 5; found === 5; ) {
        ({ found } = await store.reviewDue({ ...dueFalls, walletsMax: 5 }, (tier) => {
          if (tier.tier === 'gold') falls.add(tier.customerId);
          return eventsOf(tier);
        }));
      }
    };
    await Promise.all([work(), work(), work()]);
    expect([...falls].sort()).toEqual(customers.sort());
    expect(await sql`select from earning_accounts where tier = 'gold'`).toHaveLength(0);
  });

  it('waits for whoever rates the orders of a wallet, and shows what that one has left', async () => {
    await add('a', now);
    const held = Promise.withResolvers<undefined>();
    const go = Promise.withResolvers<undefined>();
    const other = sql.begin(async (transaction) => {
      const key = { tenantId: 'default', customerId: 'a', program: 'points' };
      await lockWallets(transaction, [key], { create: false });
      held.resolve(undefined);
      await go.promise;
      await transaction`update earning_accounts set tier = 'platinum'`;
    });
    await held.promise;
    const seen: (string | undefined)[] = [];
    const waiting = store.reviewDue(dueFalls, (tier) => {
      seen.push(tier.tier);
      return eventsOf(tier);
    });
    await eventually(async () => (await lockWaits(sql)) > 0, { timeoutMs: 20_000 });
    expect(seen).toEqual([]);
    go.resolve(undefined);
    await Promise.all([other, waiting]);
    expect(seen).toEqual(['platinum']);
  });

  it('reads the wallets that are due and no others, whichever way they are due', async () => {
    await sql`
      insert into earning_accounts (tenant_id, customer_id, program, state, falls_at, notified_of, updated_at)
      select 'default', 'c-' || lpad(n::text, 5, '0'), 'points', ${sql.json(state)}, falls_at, case when n % 1000 > 0 then falls_at end, ${now}
      from generate_series(1, 20000) n, lateral (select ${now} + n * interval '1 second' as falls_at) fall`;
    await sql`analyze earning_accounts`;
    const one = connectPostgres({ url, max: 1 });
    const reads = (due: Parameters<typeof store.reviewDue>[0]) =>
      rowsRead(one, ['earning_accounts'], () => tierStore(one).reviewDue(due, () => []));
    // Each of the twenty is found, read and updated; index entries of old versions of them may be
    // read once more.
    const few = 120;
    expect(await reads({ ...dueNotices, walletsMax: 20 })).toBeLessThanOrEqual(few);
    expect(await reads({ ...dueNotices, walletsMax: 20 })).toBeLessThanOrEqual(few);
    expect(await reads(dueFalls)).toBeLessThanOrEqual(few);
    const middle = { ...ladder, after: 'c-10000', walletsMax: 200 };
    expect(await reads({ ...middle, since: now })).toBeLessThanOrEqual(200 + few);
    await one.end();
  });
});
