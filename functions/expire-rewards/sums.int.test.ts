/**
 * Whatever was earned, reserved or is owed, and at any time, the sums agree and nothing expires
 * before its date.
 */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Balance } from '#shared/domain/ledger/balance.ts';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import { ExpiryTick } from '#shared/eventing/contracts/ticks.ts';
import { derivedId } from '#shared/eventing/domain-event.ts';
import { balanceColumns } from '#shared/stores/postgres/ledger/ledger-rows.ts';
import { recordEntries } from '#shared/stores/postgres/ledger/record-entries.ts';
import { balanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { deliverOne } from '#shared/testing/deliver.ts';
import { recordingPublisher } from '#shared/testing/recording-publisher.ts';
import { runs } from '#shared/testing/runs.ts';
import { testRedisClient, testSql } from '#shared/testing/servers/servers.ts';
import { expiryParts } from '#shared/testing/worlds/expiry-parts.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import { expireRewards } from './handler.ts';

const sql = await testSql();
const redis = await testRedisClient();
const cache = balanceCache(redis);

const beginMs = Date.parse('2027-01-01T00:00:00Z');
const instant = (hour: number) => new Date(beginMs + hour * 3_600_000);

const tick = (now: Date) =>
  deliverOne(
    expireRewards({
      ...expiryParts(sql),
      balances: { writeThrough: (...write) => cache.writeThrough(...write).then(() => 'written') },
      publisher: recordingPublisher(),
      clock: () => now,
    }),
    ExpiryTick,
  );

const hour = fc.integer({ min: 0, max: 6 });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('pay' as const),
      points: fc.integer({ min: 0, max: 9 }),
      lapses: fc.option(hour),
      usable: fc.option(hour),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('owe' as const),
      points: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('reserve' as const), ends: hour }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), hours: hour }) },
);
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

const pay = (
  customerId: string,
  id: string,
  { points, lapses, usable }: Step & { kind: 'pay' },
) => {
  const isPlain = lapses === null && usable === null;
  return recordEntries(sql, [
    earnEntry({
      customerId,
      orderId: id,
      points,
      lotId: isPlain ? everlastingLotId : derivedId('lot', customerId, `${lapses} ${usable}`),
      ...(lapses !== null && { expiresAt: instant(lapses) }),
      ...(usable !== null && { account: 'pending', availableAt: instant(usable) }),
    }),
  ]);
};

/** What an unlimited refund does to a customer who has nothing left. */
const owe = (customerId: string, id: string, points: number) =>
  recordEntries(sql, [
    earnEntry({
      customerId,
      kind: 'REVERSE',
      causeId: id,
      points: -points,
      lotId: everlastingLotId,
    }),
  ]);

/** Reserves half of each usable lot. */
const reserve = async (customerId: string, id: string, ends: number) => {
  const lots = await sql<{ lotId: string; points: number }[]>`
    update points_lots set reserved = reserved + (points - reserved + 1) / 2
    where customer_id = ${customerId} and account = 'available' and points > reserved
    returning lot_id, reserved - old.reserved as points`;
  const points = lots.reduce((sum, lot) => sum + lot.points, 0);
  if (points === 0) return;
  await sql`update points_balances set reserved = reserved + ${points}, version = version + 1
    where customer_id = ${customerId}`;
  await sql`insert into redemptions (tenant_id, redemption_id, customer_id, program, points, status, lots, created_by, times_out_at)
    values ('default', ${id}, ${customerId}, 'points', ${points}, 'RESERVED', ${sql.json(lots)}, 'test', ${instant(ends)})`;
};

/** What every other function does after its commits. */
const writeThrough = async (customerId: string) => {
  const balances = await sql<Balance[]>`
    select ${balanceColumns(sql)} from points_balances balance where customer_id = ${customerId}`;
  await cache.writeThrough(balances, () => []);
};

/** Lots whose points or reservations differ from the ledger and the open reservations. */
const wrongLots = (customerId: string) => sql`
  select lot_id, account, points, reserved from points_lots lot
  where customer_id = ${customerId} and (
    points <> (select coalesce(sum(case when ledger.account = lot.account then ledger.points else -ledger.points end), 0)
      from points_ledger ledger where ledger.customer_id = ${customerId} and ledger.lot_id = lot.lot_id
        and (ledger.account = lot.account or (lot.account = 'pending' and ledger.counter_account = 'pending')))
    or points < reserved or reserved < 0)
    and (account = 'pending' or expires_at is not null)`;

const check = async (customerId: string, now: Date) => {
  const [sums] = await sql`
    select balance.points - coalesce(sum(ledger.points) filter (where ledger.account = 'available'), 0) as points,
      balance.pending - coalesce(sum(ledger.points) filter (where ledger.account = 'pending'), 0)
        + coalesce(sum(ledger.points) filter (where counter_account = 'pending'), 0) as pending
    from points_balances balance join points_ledger ledger using (tenant_id, customer_id, program)
    where customer_id = ${customerId} group by balance.points, balance.pending`;
  expect(sums).toEqual({ points: '0', pending: '0' });
  expect(await wrongLots(customerId)).toEqual([]);

  const early = await sql`select from points_ledger where customer_id = ${customerId}
    and ((kind in ('EXPIRE', 'ADJUST') and expires_at > ${now}) or (kind = 'RELEASE' and occurred_at > ${now}))`;
  expect(early).toHaveLength(0);
  const late = await sql`select from points_lots where customer_id = ${customerId} and (
    (account = 'available' and points > reserved and expires_at <= ${now})
    or (account = 'pending' and points > 0 and available_at <= ${now}))`;
  expect(late).toHaveLength(0);

  const [balance] = await sql`select points, pending, reserved, version from points_balances
    where customer_id = ${customerId}`;
  expect(await cache.read({ tenantId: 'default', customerId, program: 'points' })).toMatchObject({
    ...balance,
  });
};

/**
 * The lot that never expires is below zero; then nothing that could have settled it may have
 * expired.
 */
const owed = async (customerId: string): Promise<number> => {
  const [row] = await sql<{ owed: number }[]>`
    select greatest(0, -coalesce(sum(points), 0))::bigint as owed from points_ledger
    where customer_id = ${customerId} and account = 'available' and expires_at is null`;
  return row!.owed;
};
const lapsed = async (customerId: string): Promise<number> => {
  const [row] = await sql<{ lapsed: number }[]>`
    select coalesce(-sum(points), 0)::bigint as lapsed from points_ledger
    where customer_id = ${customerId} and kind = 'EXPIRE'`;
  return row!.lapsed;
};

type Change = Exclude<Step, { kind: 'wait' }>;

const change = async (customerId: string, id: string, one: Change): Promise<void> => {
  if (one.kind === 'pay') await pay(customerId, id, one);
  if (one.kind === 'owe') await owe(customerId, id, one.points);
  if (one.kind === 'reserve') await reserve(customerId, id, one.ends);
  await writeThrough(customerId);
};

/** Ticks twice at once, because deliveries may be concurrent. */
const tickAndCheck = async (customerId: string, now: Date): Promise<void> => {
  const before = await lapsed(customerId);
  await Promise.all([tick(now), tick(now)]);
  await check(customerId, now);
  if ((await owed(customerId)) > 0) expect(await lapsed(customerId)).toBe(before);
};

it('keeps balance, entries, lots and cache equal, and does nothing early, late or twice', async () => {
  const first: Step = { kind: 'pay', points: 5, lapses: null, usable: null };
  const last: Step = { kind: 'wait', hours: 1 };
  let customers = 0;
  const property = fc.asyncProperty(
    fc.array(step, { minLength: 1, maxLength: 14 }),
    async (steps) => {
      customers += 1;
      const customerId = `c-${customers}`;
      let now = 0;
      for (const [index, one] of [first, ...steps, last].entries()) {
        if (one.kind !== 'wait') {
          await change(customerId, `${customerId} ${index}`, one);
          continue;
        }
        now += one.hours;
        await tickAndCheck(customerId, instant(now));
      }
    },
  );
  await fc.assert(property, { numRuns: runs(25) });
});
