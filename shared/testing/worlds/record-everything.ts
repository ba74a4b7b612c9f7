import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { ledgerStore } from '#shared/stores/postgres/ledger/ledger-store.ts';
import { earnEntry } from './ledger-entries.ts';

export const expiringLot = '11111111-1111-4111-8111-111111111111';
export const pendingLot = '22222222-2222-4222-8222-222222222222';
const expiresAt = new Date('2026-07-01T18:30:00Z');
const laterAt = new Date('2026-08-01T00:00:00Z');
const placedAt = new Date('2026-06-01T12:00:00Z');

/**
 * Records something of each kind: orders, a refund, an expired and a pending lot, reservations,
 * redemptions and a transfer.
 */
export const recordEverything = async (sql: Sql): Promise<void> => {
  await sql`
    insert into earning_rules (tenant_id, program, version, currency, terms, valid_from)
    select tenant_id, program, 2, currency, jsonb_set(terms, '{rate,points}', '3'), '2026-06-15T00:00:00Z'
    from earning_rules`;
  await sql`insert into programs (tenant_id, program, name) values ('default', 'miles', 'Miles')`;
  await sql`
    insert into earning_rules (tenant_id, program, version, currency, terms, valid_from)
    select tenant_id, 'miles', 1, currency, jsonb_set(terms, '{rounding}', '"carry"'), valid_from
    from earning_rules where version = 1`;
  await sql`
    insert into refunds (tenant_id, refund_id, order_id, amount_minor, currency, status, applied_minor, cause, refunded_at)
    values ('default', 'r-1', 'o-1', 25050, 'INR', 'APPLIED', 25050, '/test 1', ${placedAt}),
      ('default', 'r-2', 'o-unknown', 1, 'INR', 'WAITING', 0, '/test 1', ${placedAt})`;
  const everlasting = { lotId: everlastingLotId };
  const expiring = { lotId: expiringLot, expiresAt, customerId: 'c-2' };
  const pending = { lotId: pendingLot, expiresAt: laterAt, customerId: 'c-3' };
  const spent = { orderId: undefined, amountMinor: undefined, ruleVersion: undefined };
  await ledgerStore(sql).commit([
    earnEntry({ ...everlasting, orderId: 'o-1', amountMinor: 125_050, points: 12 }),
    earnEntry({ ...everlasting, kind: 'REVERSE', causeId: 'r-1', points: -2, amountMinor: 25_050 }),
    earnEntry({ ...everlasting, orderId: 'o-0', amountMinor: 9_999, points: 0, customerId: 'c-0' }),
    earnEntry({ ...expiring, orderId: 'o-2', amountMinor: 500_000, points: 50 }),
    earnEntry({
      ...expiring,
      ...spent,
      kind: 'EXPIRE',
      causeId: 'e-1',
      points: -20,
      counterAccount: 'expired',
      occurredAt: expiresAt,
    }),
    earnEntry({
      ...pending,
      orderId: 'o-3',
      amountMinor: 100_050,
      points: 30,
      account: 'pending',
      ruleVersion: 2,
      occurredAt: new Date('2026-06-15T00:00:00Z'),
    }),
    earnEntry({
      ...pending,
      ...spent,
      kind: 'RELEASE',
      causeId: 'l-1',
      points: 10,
      counterAccount: 'pending',
    }),
    earnEntry({
      ...everlasting,
      orderId: 'o-4',
      amountMinor: 800_000,
      points: 80,
      customerId: 'c-4',
    }),
    earnEntry({
      ...everlasting,
      ...spent,
      kind: 'REDEEM',
      causeId: 'd-1',
      points: -25,
      counterAccount: 'redeemed',
      customerId: 'c-4',
    }),
    earnEntry({
      ...everlasting,
      ...spent,
      kind: 'REDEEM',
      causeId: 'd-1 2',
      points: -5,
      counterAccount: 'redeemed',
      customerId: 'c-4',
    }),
    ...[-5, 5].map((points) =>
      earnEntry({
        ...everlasting,
        ...spent,
        kind: 'TRANSFER',
        causeId: points < 0 ? 'x-1' : 'x-1 in',
        points,
        counterAccount: 'transferred',
        customerId: points < 0 ? 'c-4' : 'c-1',
      }),
    ),
    earnEntry({ program: 'miles', orderId: 'o-1', amountMinor: 125_050, points: 10 }),
    earnEntry({ program: 'miles', orderId: 'o-5', amountMinor: 19_999, points: 1 }),
    earnEntry({ program: 'miles', orderId: 'o-6', amountMinor: 1, points: 1 }),
  ]);
  await sql`
    insert into redemptions (tenant_id, redemption_id, customer_id, program, points, committed, status, lots, created_by, times_out_at)
    values ('default', 'd-1', 'c-4', 'points', 40, 30, 'COMMITTED', '[]', 'test', now()),
      ('default', 'd-2', 'c-4', 'points', 20, 0, 'RESERVED', ${shares(everlastingLotId, 20)}::text::jsonb, 'test', now()),
      ('default', 'd-3', 'c-2', 'points', 10, 0, 'RESERVED', ${shares(expiringLot, 10)}::text::jsonb, 'test', now()),
      ('default', 'd-4', 'c-2', 'points', 10, 0, 'VOIDED', ${shares(expiringLot, 10)}::text::jsonb, 'test', now())`;
  await sql`update points_balances set reserved = 20, version = version + 1 where customer_id = 'c-4'`;
  await sql`update points_balances set reserved = 10, version = version + 1 where customer_id = 'c-2'`;
  await sql`update points_lots set reserved = 10 where lot_id = ${expiringLot}`;
  // A wallet that was locked before it had any entry.
  await sql`
    insert into points_balances (tenant_id, customer_id, program, points, lifetime, version, reached_at)
    values ('default', 'c-9', 'points', 0, 0, 0, 'epoch')`;
};

const shares = (lotId: string, points: number) => JSON.stringify([{ lotId, points }]);
