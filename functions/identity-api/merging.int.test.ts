import { randomUUID } from 'node:crypto';
import { register } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { carryingAt } from '#shared/eventing/carried-points.ts';
import { auditLedger } from '#shared/stores/postgres/audit/ledger-audit.ts';
import { accountCarrier } from '#shared/stores/postgres/customers/points/account-carrier.ts';
import { currentBalances } from '#shared/stores/postgres/ledger/current-balances.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { walletStore } from '#shared/stores/postgres/wallets/wallet-store.ts';
import { balanceCache, writeWithBoards } from '#shared/stores/redis/balances/balance-cache.ts';
import { rankReader } from '#shared/stores/redis/ranks/rank-reader.ts';
import { type FullRound, rankRounds } from '#shared/stores/redis/ranks/rank-rounds.ts';
import { identityWorld } from '#shared/testing/worlds/identity-world.ts';
import { routes } from './routes.ts';
import { stores } from './stores.ts';

const world = await identityWorld((clients) => routes(stores(clients)));
const { get, post, person, deliver, earn, lotsOf, balanceOf, published, base, sql, redis } = world;
const carrier = accountCarrier(sql);
const tenants = tenantStore(sql);
const soon = new Date('2029-07-01T00:00:00Z');
const later = new Date('2030-01-01T00:00:00Z');

const wallet = (customerId: string, program = 'points') => ({
  tenantId: 'acme',
  customerId,
  program,
});
const url = (customerId: number) => `${base}/unified-customers/${customerId}`;
const merge = (one: number, other: number) =>
  post(`${url(one)}:merge`, { customerId: other, reason: 'same passport' });
const unmerge = (one: number, other: number) =>
  post(`${url(one)}:unmerge`, { customerId: other, reason: 'two sisters' });
let spent = 0;
const spend = async (customerId: string, points: number, commit = true) => {
  spent += 1;
  const now = new Date();
  const redemptionId = randomUUID();
  const { outcome } = await walletStore(sql).reserve(
    {
      ...{ ...wallet(customerId), redemptionId, points, createdBy: 'shop', reference: undefined },
      ...{ timesOutAt: later, commit, now, cause: `/test ${spent}` },
    },
    () => ({ id: randomUUID(), time: now }),
  );
  return { kind: outcome.kind, redemptionId };
};
const state = async (...customerIds: readonly number[]) => ({
  customers: await sql`
    select customer_id, founding_record, merged_into, data_sources from customers
    where customer_id = any(${customerIds}::bigint[]) order by customer_id`,
  records: await sql`
    select record_no, customer_id, component from customer_records
    where customer_id = any(${customerIds}::bigint[]) order by record_no`,
});
/** Two customers with accounts of their own, and points in both. */
const pair = async (name: string) => {
  const [one, other] = [`${name}-1`, `${name}-2`];
  const first = await person({ dotnet: one });
  const second = await person({ store: other });
  await earn(wallet(one), 100);
  await earn(wallet(other), 40, soon);
  await earn(wallet(other), 10);
  return { one, other, first: first.customerId, second: second.customerId };
};

describe('merging', () => {
  it('merges two customers under the id of the older one, and finds the result under both', async () => {
    const { first, second } = await pair('ids');
    const merged = await merge(second, first);
    expect(merged).toMatchObject({
      status: 200,
      body: { customerId: first, mergedCustomers: [second] },
    });
    expect((await get(url(second))).body).toEqual((await get(url(first))).body);
    expect(await merge(first, second)).toEqual(merged);
    const events = published.filter(({ type }) => type === 'guerdon.customer.merged.v1');
    expect(events.at(-1)).toMatchObject({ data: { customerId: second, mergedInto: first } });
    const changes = (await get(`${base}/customer-changes?limit=1000`)).body['changes'];
    expect(changes).toContainEqual({ customerId: second, status: 'MERGED', mergedInto: first });
  });

  it('carries points with their expiry to the account of the record that names the customer', async () => {
    const { one, other, first, second } = await pair('carry');
    await merge(first, second);
    expect(await lotsOf(wallet(one))).toEqual([
      [soon, 40, 0],
      [undefined, 110, 0],
    ]);
    expect(await balanceOf(wallet(other))).toMatchObject({ points: 0 });
    expect(await balanceCache(redis).read(wallet(one))).toMatchObject({ points: 150 });
    const transfers = published.filter(
      ({ type, partitionKey }) =>
        type === 'guerdon.points.transferred.v1' && partitionKey === other,
    );
    expect(transfers).toMatchObject([{ data: { from: other, to: one, points: 50 } }]);
    await merge(first, second);
    await carrier.carry({ tenantId: 'acme', accounts: [one, other] }, carryingAt(new Date(), []));
    expect(await balanceOf(wallet(one))).toMatchObject({ points: 150 });
  });

  it('carries the rank on every board with the points, and unmerging restores it', async () => {
    const { one, other, first, second } = await pair('ranked');
    const rival = wallet('ranked-rival');
    await earn(rival, 120);
    const rounds = rankRounds(redis);
    const { boards } = (await tenants.find('acme'))!;
    for (const board of boards) {
      const round = await rounds.begin(board, 'full', new Date());
      await rounds.publish(round as FullRound, new Date());
    }
    await writeWithBoards(
      { tenants, cache: balanceCache(redis) },
      await currentBalances(sql).find([rival, wallet(one), wallet(other)]),
    );
    const ranked = async () => {
      const places = [one, other, rival.customerId].map(async (customerId) => {
        const query = { customerId, neighbours: 0, live: true };
        const view = await rankReader(redis).customer({ tenantId: 'acme', board: 'main' }, query);
        const [row] = typeof view === 'object' ? view.rows : [];
        return [row?.points, row?.rank];
      });
      return Promise.all(places);
    };
    const before = await ranked();
    await merge(first, second);
    const [[points, rank] = [], [nothing, last] = [], [, rivals] = []] = await ranked();
    expect([points, nothing]).toEqual([150, 0]);
    expect(rank).toBeLessThan(rivals!);
    expect(last).toBeGreaterThan(rivals!);
    await unmerge(first, second);
    expect(await ranked()).toEqual(before);
    expect(before.map(([own]) => own)).toEqual([100, 50, 120]);
  });

  it('transfers them to the first account, by its id, where that record has none', async () => {
    const first = await person({ store: 'm-1' });
    const second = await person({ store: 'l-2' });
    await earn(wallet('m-1'), 3);
    await merge(first.customerId, second.customerId);
    expect(await balanceOf(wallet('l-2'))).toMatchObject({ points: 3 });
  });

  it('is exactly undone by unmerging: customers, records, and points with their expiry', async () => {
    const { one, other, first, second } = await pair('undo');
    const before = await state(first, second);
    await merge(first, second);
    expect(await unmerge(first, second)).toMatchObject({
      status: 200,
      body: { customerId: second, mergedCustomers: [] },
    });
    expect(await state(first, second)).toEqual(before);
    expect(await lotsOf(wallet(one))).toEqual([[undefined, 100, 0]]);
    expect(await lotsOf(wallet(other))).toEqual([
      [soon, 40, 0],
      [undefined, 10, 0],
    ]);
    expect(await sql`select from carried_accounts where account_id = ${other}`).toHaveLength(0);
    expect((await unmerge(first, second)).status).toBe(200);
    const types = published
      .filter(({ data }) => (data as { customerId?: number }).customerId === second)
      .map(({ type }) => type);
    expect(types.slice(-2)).toEqual(['guerdon.customer.merged.v1', 'guerdon.customer.split.v1']);
    expect(await balanceCache(redis).read(wallet(other))).toMatchObject({ points: 50 });
  });

  it('transfers back after a redemption what is left, as if the redeemer had spent their own', async () => {
    const { one, other, first, second } = await pair('redeemed');
    await merge(first, second);
    // The points that expire first are spent first: 40 of the other account, and 20 more.
    expect(await spend(one, 60)).toMatchObject({ kind: 'redemption' });
    await unmerge(first, second);
    expect(await lotsOf(wallet(other))).toEqual([
      [soon, 40, 0],
      [undefined, 10, 0],
    ]);
    expect(await lotsOf(wallet(one))).toEqual([[undefined, 40, 0]]);
  });

  it('leaves what was spent beyond one account to the redeemer, and nobody owes anything', async () => {
    const { one, other, first, second } = await pair('short');
    await merge(first, second);
    await spend(one, 130);
    await unmerge(first, second);
    expect(await balanceOf(wallet(one))).toMatchObject({ points: 0 });
    expect(await lotsOf(wallet(other))).toEqual([
      [soon, 10, 0],
      [undefined, 10, 0],
    ]);
  });

  it('carries what the merged account earns afterwards, and gives it back, too', async () => {
    const { one, other, first, second } = await pair('after');
    await merge(first, second);
    await earn(wallet(other), 7);
    expect(
      await carrier.carried(
        [wallet(other), wallet(one)].map(({ customerId }) => ({
          tenantId: 'acme',
          accountId: customerId,
        })),
      ),
    ).toEqual([{ tenantId: 'acme', accountId: other }]);
    const options = carryingAt(new Date(), []);
    await Promise.all(
      Array.from({ length: 4 }, () =>
        carrier.carry({ tenantId: 'acme', accounts: [other] }, options),
      ),
    );
    expect(await balanceOf(wallet(one))).toMatchObject({ points: 157 });
    await unmerge(first, second);
    expect(await balanceOf(wallet(other))).toMatchObject({ points: 57 });
    expect(await balanceOf(wallet(one))).toMatchObject({ points: 100 });
  });

  it('leaves reserved points until they can be spent, and carries them then', async () => {
    const { one, other, first, second } = await pair('reserved');
    const { redemptionId } = await spend(other, 45, false);
    await merge(first, second);
    expect(await balanceOf(wallet(other))).toMatchObject({ points: 45, reserved: 45 });
    expect(await balanceOf(wallet(one))).toMatchObject({ points: 105 });
    await walletStore(sql).void({ ...wallet(other), redemptionId, now: new Date() });
    await carrier.carry({ tenantId: 'acme', accounts: [other] }, carryingAt(new Date(), []));
    expect(await balanceOf(wallet(other))).toMatchObject({ points: 0, reserved: 0 });
    expect(await balanceOf(wallet(one))).toMatchObject({ points: 150 });
  });

  it('moves nothing else: inboxes, preferences and cohorts stay with their accounts', async () => {
    const { other, first, second } = await pair('else');
    await sql`insert into inboxes (tenant_id, user_id) values ('acme', ${other})`;
    await sql`
      insert into push_preferences (tenant_id, user_id, preferences) values ('acme', ${other}, '{}')`;
    await sql`
      insert into cohort_members (tenant_id, cohort, customer_id, since)
      values ('acme', 'vip', ${other}, now())`;
    const rows = () =>
      Promise.all([
        sql`select * from inboxes where tenant_id = 'acme'`,
        sql`select * from push_preferences where tenant_id = 'acme'`,
        sql`select * from cohort_members where tenant_id = 'acme'`,
        sql`select customer_id, lifetime from points_balances where lifetime > 0 order by 1`,
      ]);
    const before = await rows();
    await merge(first, second);
    expect(await rows()).toEqual(before);
    await unmerge(first, second);
    expect(await rows()).toEqual(before);
  });

  it('of three customers can be undone in either order, and each has what it had', async () => {
    for (const order of ['last', 'first'] as const) {
      const { one, other, first, second } = await pair(`three-${order}`);
      const third = await person({ dotnet: `three-z-${order}` });
      await earn(wallet(`three-z-${order}`), 5);
      const all = [first, second, third.customerId];
      const before = await state(...all);
      await merge(second, third.customerId);
      expect(await balanceOf(wallet(other))).toMatchObject({ points: 55 });
      await merge(first, second);
      expect(await balanceOf(wallet(one))).toMatchObject({ points: 155 });
      const apart = [second, third.customerId];
      for (const customerId of order === 'first' ? apart : apart.toReversed())
        expect(
          (await unmerge((await get(url(customerId))).body['customerId'] as number, customerId))
            .status,
        ).toBe(200);
      expect(await state(...all)).toEqual(before);
      expect(await balanceOf(wallet(one))).toMatchObject({ points: 100 });
      expect(await balanceOf(wallet(other))).toMatchObject({ points: 50 });
      expect(await balanceOf(wallet(`three-z-${order}`))).toMatchObject({ points: 5 });
    }
  });

  it('happens once under concurrent requests, while the accounts earn and spend', async () => {
    const { one, other, first, second } = await pair('busy');
    await Promise.all([
      ...Array.from({ length: 4 }, () => merge(first, second)),
      ...Array.from({ length: 8 }, (_, index) => earn(wallet(other), 1_000 + index)),
      ...Array.from({ length: 4 }, () => spend(one, 5)),
    ]);
    await carrier.carry({ tenantId: 'acme', accounts: [other] }, carryingAt(new Date(), []));
    expect(await balanceOf(wallet(other))).toMatchObject({ points: 0 });
    expect(await balanceOf(wallet(one))).toMatchObject({ points: 150 + 8_028 - 20 });
  });

  it('counts what people decide, and no refusal', async () => {
    const decisions = register.getSingleMetric('guerdon_customer_decisions_total');
    decisions?.reset();
    const { first, second } = await pair('counted');
    await merge(first, second);
    await unmerge(first, second);
    await merge(first, 999_999);
    expect((await decisions?.get())?.values).toEqual([
      { labels: { decision: 'merged' }, value: 1 },
      { labels: { decision: 'unmerged' }, value: 1 },
    ]);
  });

  it('is refused where people decided that records are of different persons', async () => {
    const { first, second } = await pair('apart');
    const { records } = await state(first, second);
    const [a, b] = [records[0]?.['recordNo'], records.at(-1)?.['recordNo']] as number[];
    const decision = `${base}/link-decisions/${a}/${b}`;
    await world.ask('PUT', decision, { body: { decided: 'DIFFERENT', reason: 'sisters' } });
    expect(await merge(first, second)).toMatchObject({
      status: 409,
      body: { code: 'decided-different' },
    });
    expect(await unmerge(first, first)).toMatchObject({ status: 400 });
    expect(await unmerge(first, 999_999)).toMatchObject({ status: 404 });
    expect(await merge(first, first)).toMatchObject({ status: 400 });
    expect(await merge(first, 999_999)).toMatchObject({ status: 404 });
  });

  it('by scores is undone by a decision, which later records do not override', async () => {
    const { one, other, first, second } = await pair('scores');
    const open = await get(url(first), { bearer: world.officer });
    const { name, phone, email } = open.body['details'] as Record<string, string>;
    const [own] = await sql<[{ recordId: string }]>`
      select record_id from customer_records where customer_id = ${second} and source = 'dotnet'`;
    const changed = (given: object, day: number) =>
      deliver({
        ...{ source: 'dotnet', recordId: own.recordId, given },
        changedAt: new Date(Date.UTC(2026, 10, day)),
      });
    // The record that names the second customer now has the details of the first.
    await changed({ name, phone, email }, 3);
    expect((await get(url(second))).body).toMatchObject({ customerId: first });
    expect(await unmerge(first, second)).toMatchObject({ status: 200 });
    expect((await get(url(second))).body).toMatchObject({ customerId: second, dataSources: [] });
    await changed({ name, phone, email, postcode: '560001' }, 4);
    expect((await get(url(second))).body).toMatchObject({ customerId: second });
    expect(await balanceOf(wallet(one))).toMatchObject({ points: 100 });
    expect(await balanceOf(wallet(other))).toMatchObject({ points: 50 });
  });
});

it('what merging and unmerging moved passes the audit', async () => {
  const { transfers, balances, lots } = await auditLedger(sql);
  for (const result of [transfers, balances, lots]) expect(result).toMatchObject({ wrong: 0 });
});
