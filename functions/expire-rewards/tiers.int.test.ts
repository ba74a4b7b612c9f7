import { beforeEach, describe, expect, it } from 'vitest';
import { replay } from '#shared/domain/earning/earning-state.ts';
import type { TierLadder } from '#shared/domain/earning/tiers/tier-ladder.ts';
import { tierStatus } from '#shared/domain/earning/tiers/tier-status.ts';
import { ExpiryTick, RewardsExpiryRequested } from '#shared/eventing/contracts/ticks.ts';
import { TierChanged, TierDowngradeAhead } from '#shared/eventing/contracts/tiers.ts';
import { toEarningColumns } from '#shared/stores/postgres/ledger/lock-wallets.ts';
import { ladderReviews } from '#shared/stores/postgres/tenants/ladder-reviews.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { deliverOne } from '#shared/testing/deliver.ts';
import { recordingPublisher } from '#shared/testing/recording-publisher.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { expiryParts } from '#shared/testing/worlds/expiry-parts.ts';
import { expireRewards } from './handler.ts';

const sql = await testSql();

const begin = new Date('2026-01-01T00:00:00Z');
const ladder: TierLadder = {
  version: 1,
  validFrom: begin,
  metric: 'spend',
  currency: 'INR',
  window: { kind: 'rolling', days: 30 },
  tiers: [
    { name: 'silver', threshold: 10_000, multiplierBp: 10_000 },
    { name: 'gold', threshold: 50_000, multiplierBp: 10_000 },
  ],
  graceDays: 0,
  downgrade: 'one-level',
  noticeDays: 7,
};

const addLadder = async ({ version, validFrom, ...terms }: TierLadder) => {
  await sql`insert into tier_ladders (tenant_id, program, version, terms, valid_from, created_by)
    values ('default', 'points', ${version}, ${sql.json(terms)}, ${validFrom}, 'test')`;
};
await addLadder(ladder);

const programNow = async () => {
  const tenant = await tenantStore(sql).find('default');
  return { program: tenant!.programs[0]!, timeZone: tenant!.timeZone };
};

/** A customer who spent on a day, stored as by award-points. */
const spend = async (customerId: string, amountMinor: number, on: string) => {
  const earning = await programNow();
  const placedAt = new Date(on);
  const order = { orderId: customerId, placedAt, amountMinor, currency: 'INR', cohorts: [] };
  const replayed = replay(earning, [order]).state;
  const { tier, fallsAt } = tierStatus(earning, replayed, placedAt);
  const { state, days } = toEarningColumns(replayed);
  await sql`insert into points_balances (tenant_id, customer_id, program, points, lifetime, version, reached_at)
    values ('default', ${customerId}, 'points', 0, 0, 1, ${placedAt})`;
  await sql`insert into earning_accounts (tenant_id, customer_id, program, state, days, tier, falls_at, updated_at)
    values ('default', ${customerId}, 'points', ${sql.json(state)}, ${sql.json(days)}, ${tier ?? null}, ${fallsAt ?? null}, ${placedAt})`;
};

const publisher = recordingPublisher();
const { published } = publisher;

const send = (contract: typeof ExpiryTick, now: string) =>
  deliverOne(
    expireRewards({ ...expiryParts(sql), publisher, clock: () => new Date(now) }),
    contract,
  );
const tick = (now: string) => send(ExpiryTick, now);

const recordOf = async (customerId: string) => {
  const [row] =
    await sql`select tier, falls_at, notified_of from earning_accounts where customer_id = ${customerId}`;
  return row;
};
const publishedTiers = () =>
  published.map(({ type, data }) => {
    const { customerId, from, to } = data as Record<string, unknown>;
    const what = type === TierChanged.type ? 'changed' : 'ahead';
    return `${String(customerId)} ${what} ${String(from)} ${String(to)}`;
  });

beforeEach(async () => {
  published.length = 0;
  await sql`delete from earning_accounts`;
  await sql`delete from points_balances`;
});

/** Spent on 1 June, outside the window from the start of 1 July, Indian time. */
const spentOn = '2026-06-01T12:00:00Z';
const firstFall = '2026-06-30T18:30:00.000Z';
const secondFall = '2026-07-01T18:30:00.000Z';

describe('a tick', () => {
  it('announces a downgrade once, and the next one once', async () => {
    await spend('c-1', 60_000, spentOn);
    await tick('2026-06-23T18:29:59Z');
    expect(publishedTiers()).toEqual([]);
    await tick('2026-06-23T18:30:00Z');
    await tick('2026-06-24T00:00:00Z');
    expect(publishedTiers()).toEqual(['c-1 ahead gold silver']);
    expect(published).toMatchObject([{ data: { on: firstFall, metric: 0, missing: 50_000 } }]);
    expect(TierDowngradeAhead.schema.safeParse(published[0]?.data).error).toBeUndefined();
    await tick(firstFall);
    await tick('2026-07-01T00:00:00Z');
    expect(publishedTiers().slice(1)).toEqual(['c-1 changed gold silver', 'c-1 ahead silver null']);
    await tick(secondFall);
    await tick('2026-09-01T00:00:00Z');
    expect(publishedTiers().slice(3)).toEqual(['c-1 changed silver null']);
    expect(await sql`select from outbox`).toEqual([]);
  });

  it('records the new tier of a customer', async () => {
    await spend('c-1', 60_000, spentOn);
    await tick(firstFall);
    expect(await recordOf('c-1')).toEqual({
      tier: 'silver',
      fallsAt: new Date(secondFall),
      notifiedOf: new Date(secondFall),
    });
    await tick(secondFall);
    expect(await recordOf('c-1')).toMatchObject({ tier: null, fallsAt: null });
  });

  it('skips the downgrades that it missed, to the tier that the customer has now', async () => {
    await spend('c-1', 60_000, spentOn);
    await tick('2026-08-01T00:00:00Z');
    expect(publishedTiers()).toEqual(['c-1 changed gold null']);
  });

  it('publishes each of many changes once when two instances run, in more than one batch', async () => {
    const customers = Array.from({ length: 450 }, (_, index) => `c-${index}`);
    for (const customerId of customers) await spend(customerId, 20_000, spentOn);
    await Promise.all([tick(firstFall), tick(firstFall)]);
    expect(publishedTiers().sort()).toEqual(
      customers.map((customerId) => `${customerId} changed silver null`).sort(),
    );
  });
});

describe('a new version of the ladder', () => {
  const second: TierLadder = {
    ...ladder,
    version: 2,
    validFrom: new Date('2026-06-10T00:00:00Z'),
    tiers: [{ name: 'bronze', threshold: 15_000, multiplierBp: 10_000 }],
  };

  it('moves every customer once, by the next tick or on request', async () => {
    await addLadder(second);
    await spend('c-1', 60_000, spentOn);
    await spend('c-2', 12_000, spentOn);
    await tick('2026-06-09T23:59:59Z');
    expect(publishedTiers()).toEqual([]);
    await tick('2026-06-10T00:00:00Z');
    await tick('2026-06-10T00:05:00Z');
    expect(publishedTiers().sort()).toEqual(['c-1 changed gold bronze', 'c-2 changed silver null']);

    await spend('c-3', 60_000, spentOn);
    await tick('2026-06-17T00:00:00Z');
    expect(publishedTiers()).toHaveLength(2);
    await send(RewardsExpiryRequested, '2026-06-17T00:00:01Z');
    await send(RewardsExpiryRequested, '2026-06-17T00:00:02Z');
    expect(publishedTiers().slice(2)).toEqual(['c-3 changed gold bronze']);
  });

  it('reviews each wallet once, page by page from where the previous shift stopped', async () => {
    const tiers = [{ name: 'copper', threshold: 15_000, multiplierBp: 10_000 }];
    const third = { ...second, version: 3, validFrom: new Date('2026-07-10T00:00:00Z'), tiers };
    await addLadder(third);
    const customers = Array.from({ length: 450 }, (_, index) => `c-${1000 + index}`);
    for (const customerId of customers) await spend(customerId, 60_000, '2026-07-09T12:00:00Z');
    const key = { tenantId: 'default', program: 'points', version: 3 };
    await ladderReviews(sql).save(key, { after: 'c-1199', hasEnded: false });
    await tick('2026-07-10T00:05:00Z');
    expect(publishedTiers().sort()).toEqual(
      customers.slice(200).map((customerId) => `${customerId} changed bronze copper`),
    );
    expect(await ladderReviews(sql).find(key)).toEqual({ after: 'c-1449', hasEnded: true });
  });
});
