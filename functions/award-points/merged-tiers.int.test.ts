import { describe, expect, it } from 'vitest';
import { carryingAt } from '#shared/eventing/carried-points.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { accountCarrier } from '#shared/stores/postgres/customers/points/account-carrier.ts';
import type { TouchedAccounts } from '#shared/stores/postgres/customers/points/carry-points.ts';
import { earningsOf, tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import { tierStore } from '#shared/stores/postgres/tenants/tier-store.ts';
import { walletReader } from '#shared/stores/postgres/wallets/wallet-reader.ts';
import { awardWorld, placed, refunded } from '#shared/testing/worlds/award-world.ts';
import { identityWorld } from '#shared/testing/worlds/identity-world.ts';
import { awardPoints } from './handler.ts';

const { url, sql, person, deliver } = await identityWorld(() => []);
const { pod, createProgram, expectSound } = await awardWorld(awardPoints, { url });
const tenantId = 'acme';
const program = 'miles';
// Silver from 20 and gold from 50 points, one and a half and two times the points.
await createProgram(tenantId, program, { ladder: { window: { kind: 'lifetime' } } });
const { deliver: award } = pod();
const carrier = accountCarrier(sql);
const tenant = await tenantStore(sql).find(tenantId);

const mergedAt = new Date('2026-11-15T00:00:00Z');
const carry = async (touched: TouchedAccounts, now = mergedAt) => {
  const options = carryingAt(now, earningsOf(tenant));
  const { domainEvents } = await carrier.carry<DomainEvent>({ tenantId, ...touched }, options);
  return domainEvents
    .filter(({ type }) => type === 'guerdon.tier.changed.v1')
    .map(({ data }) => {
      const { customerId, from, to } = data as Record<string, string | null>;
      return `${customerId}: ${from} to ${to}`;
    })
    .sort();
};
/** An order that earns so many points without a tier. */
const order = (customerId: string, points: number, placedAt: string) =>
  placed({
    ...{ tenantId, customerId, orderId: `${customerId}/${placedAt}` },
    ...{ amountMinor: points * 10_000, placedAt: `2026-${placedAt}` },
  });
const earned = async (customerId: string, placedAt: string) => {
  const rows = await sql<{ points: number }[]>`
    select sum(points)::int as points from points_ledger
    where customer_id = ${customerId} and order_id = ${`${customerId}/${placedAt}`}`;
  return rows[0]?.points;
};
const grantsOf = (customerId: string) => sql`
  select tier, since, nullif(until, 'infinity') as until from tier_grants
  where customer_id = ${customerId} order by since`;
const tierOf = async (customerId: string) => {
  const [row] = await sql`select tier from earning_accounts where customer_id = ${customerId}`;
  return row?.['tier'] as string | null | undefined;
};
/** A customer whose records have two accounts; the next call transfers points between them. */
const merged = async (name: string) => {
  const [one, other] = [`${name}-1`, `${name}-2`];
  return { one, other, ...(await person({ dotnet: one, store: other })) };
};
/** The record of the shops belongs to somebody else now. */
const takeApart = (recordId: string, other: string) =>
  deliver({
    ...{ source: 'store', recordId, accountId: other, changedAt: new Date('2026-11-20') },
    given: { name: `Somebody ${other}`, phone: '+919731264853' },
  });

describe('merging customers', () => {
  it('gives all their accounts the highest of their tiers at once, for orders placed from then on', async () => {
    const { one, other, customerId } = await merged('higher');
    await award([order(one, 60, '11-01T00:00:00Z'), order(other, 1, '11-02T00:00:00Z')]);
    expect(await carry({ customerIds: [customerId] })).toEqual([`${other}: null to gold`]);
    expect(await grantsOf(other)).toEqual([{ tier: 'gold', since: mergedAt, until: null }]);
    expect(await tierOf(other)).toBe('gold');
    const { grants } = await walletReader(sql).tierBasis({ tenantId, customerId: other, program });
    expect(grants).toMatchObject([{ tier: 'gold' }]);
    await award([
      order(other, 10, '11-15T00:00:00.001Z'),
      order(other, 10, '11-14T23:59:59.999Z'),
      order(one, 10, '11-16T00:00:00Z'),
    ]);
    expect(await earned(other, '11-15T00:00:00.001Z')).toBe(20);
    expect(await earned(other, '11-14T23:59:59.999Z')).toBe(10);
    expect(await earned(one, '11-16T00:00:00Z')).toBe(20);
    await expectSound();
  });

  it('counts the orders of all their accounts together from then on, whichever of them earns', async () => {
    const { one, other, customerId } = await merged('sum');
    await award([order(one, 24, '11-01T00:00:00Z'), order(other, 24, '11-02T00:00:00Z')]);
    expect(await carry({ customerIds: [customerId] })).toEqual([]);
    expect(await grantsOf(one)).toMatchObject([{ tier: 'silver' }]);
    await award([order(other, 2, '11-15T01:00:00Z')]);
    const later = new Date('2026-11-15T02:00:00Z');
    const wanted = [one, other].map((accountId) => ({ tenantId, accountId, asHome: true }));
    expect(await carrier.carried(wanted)).toHaveLength(2);
    expect(await carry({ accounts: [one] }, later)).toEqual(
      [one, other].map((account) => `${account}: silver to gold`),
    );
    await award([order(one, 10, '11-15T03:00:00Z')]);
    expect(await earned(one, '11-15T03:00:00Z')).toBe(20);
    await expectSound();
  });

  it('changes nothing when it is repeated, concurrently or later', async () => {
    const { one, other, customerId } = await merged('repeated');
    await award([order(one, 60, '11-01T00:00:00Z'), order(other, 1, '11-02T00:00:00Z')]);
    const events = await Promise.all([0, 1, 2, 3].map(() => carry({ customerIds: [customerId] })));
    expect(events.flat()).toEqual([`${other}: null to gold`]);
    const before = await grantsOf(other);
    expect(await carry({ accounts: [other] }, new Date('2026-11-18T00:00:00Z'))).toEqual([]);
    expect(await grantsOf(other)).toEqual(before);
  });

  it('changes no order that was recorded before, whatever the clock of who placed it', async () => {
    const { one, other, customerId } = await merged('ahead');
    await award([order(one, 60, '11-01T00:00:00Z'), order(other, 10, '11-15T00:00:30Z')]);
    await carry({ customerIds: [customerId] });
    expect(await grantsOf(other)).toMatchObject([{ since: new Date('2026-11-15T00:00:30.001Z') }]);
    expect(await earned(other, '11-15T00:00:30Z')).toBe(10);
    await expectSound();
  });

  it('agrees with the audit when orders of both, including late ones, are processed meanwhile', async () => {
    const { one, other, customerId } = await merged('busy');
    const orders = Array.from({ length: 24 }, (_, index) =>
      order(
        index % 2 === 0 ? one : other,
        5,
        `11-${10 + ((index * 5) % 12)}T0${index % 10}:00:00Z`,
      ),
    );
    await Promise.all([
      ...orders.map((each) => pod().deliver([each])),
      ...[0, 1, 2].map((hour) =>
        carry({ customerIds: [customerId] }, new Date(`2026-11-15T0${hour}:00:00Z`)),
      ),
    ]);
    await carry({ accounts: [one, other] }, new Date('2026-11-15T04:00:00Z'));
    expect(await tierOf(one)).toBe('gold');
    expect(await tierOf(other)).toBe('gold');
    await expectSound();
  });
});

describe('a tier of a merged customer', () => {
  it('ends when the customers are unmerged, and what was earned stays', async () => {
    const { one, other, customerId, recordId } = await merged('apart');
    await award([order(one, 60, '11-01T00:00:00Z'), order(other, 1, '11-02T00:00:00Z')]);
    await carry({ customerIds: [customerId] });
    await award([order(other, 10, '11-16T00:00:00Z')]);
    await takeApart(recordId, other);
    const parted = new Date('2026-11-20T00:00:00Z');
    expect(await carry({ customerIds: [customerId] }, parted)).toEqual([
      `${other}: gold to silver`,
    ]);
    expect(await grantsOf(other)).toEqual([{ tier: 'gold', since: mergedAt, until: parted }]);
    await award([
      order(other, 10, '11-20T00:00:00Z'),
      order(other, 10, '11-19T00:00:00Z'),
      order(one, 10, '11-21T00:00:00Z'),
    ]);
    expect(await earned(other, '11-16T00:00:00Z')).toBe(20);
    expect(await earned(other, '11-19T00:00:00Z')).toBe(20);
    expect(await earned(other, '11-20T00:00:00Z')).toBe(15);
    expect(await earned(one, '11-21T00:00:00Z')).toBe(20);
    await expectSound();
  });

  it('ends with the refund of the order that reached it', async () => {
    const { one, other, customerId } = await merged('refund');
    await award([order(one, 60, '11-01T00:00:00Z'), order(other, 1, '11-02T00:00:00Z')]);
    await carry({ customerIds: [customerId] });
    const refund = { refundId: 'refund', orderId: `${one}/11-01T00:00:00Z` };
    await award([refunded({ tenantId, ...refund, refundedAt: '2026-11-16T00:00:00Z' })]);
    expect(await tierOf(one)).toBe('gold');
    const later = new Date('2026-11-17T00:00:00Z');
    expect(await carry({ accounts: [one], refunded: [one] }, later)).toEqual(
      [one, other].map((account) => `${account}: gold to null`),
    );
    expect(await grantsOf(one)).toMatchObject([{ tier: 'gold', until: later }]);
    await expectSound();
  });

  it('is reviewed together with the granted one when it is due', async () => {
    const { one, other, customerId } = await merged('review');
    await award([order(one, 60, '11-01T00:00:00Z'), order(other, 1, '11-02T00:00:00Z')]);
    await carry({ customerIds: [customerId] });
    await sql`update earning_accounts set falls_at = 'epoch' where customer_id = ${other}`;
    const earning = earningsOf(tenant).find((each) => each.program.program === program)!;
    const now = new Date('2026-12-01T00:00:00Z');
    const due = { due: 'falls', tenantId, earning, now, walletsMax: 10 } as const;
    await tierStore(sql).reviewDue(due, () => []);
    expect(
      await sql`select tier, falls_at from earning_accounts where customer_id = ${other}`,
    ).toEqual([{ tier: 'gold', fallsAt: null }]);
  });
});
