/** What orders leave in Postgres once their month is archived; runs with LEDGER_BYTES=1. */
import { describe, expect, it } from 'vitest';
import { addLedgerKeys } from '#scripts/bench/core/add-ledger-keys.ts';
import { plainTerms } from '#shared/domain/earning/rating/earning-rule.ts';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import { ledgerMonths } from '#shared/testing/ledger-months.ts';
import { testSql } from '#shared/testing/servers/servers.ts';

const orders = 20_000;
const ordersPerCustomer = 10;

describe.runIf(process.env['LEDGER_BYTES'])('an archived month of the ledger', () => {
  it.each([
    ['rated alone', plainTerms],
    ['that depend on each other', { ...plainTerms, rounding: 'carry' }],
  ])('leaves bytes of orders %s', { timeout: 600_000 }, async (_which, terms) => {
    const sql = await testSql();
    const months = await ledgerMonths(sql, ['2001-01']);
    const rule = JSON.stringify({ ...terms, rate: { points: 1, perMinor: 10_000 } });
    await sql`insert into tenants (tenant_id, name, currency) values ('t', 'T', 'INR')`;
    await sql`insert into programs (tenant_id, program, name) values ('t', 'points', 'P')`;
    await sql`
      insert into earning_rules (tenant_id, program, version, currency, terms, valid_from)
      values ('t', 'points', 1, 'INR', ${rule}::text::jsonb, 'epoch')`;
    await sql`insert into retention values ('t', 'points_ledger', 1)`;
    await sql`
      insert into points_ledger (tenant_id, program, kind, cause_id, order_id, customer_id, points, counter_account,
        lot_id, amount_minor, currency, rule_version, cause, occurred_at, recorded_at)
      select 't', 'points', 'EARN', id, id, 'customer-' || number % ${orders / ordersPerCustomer}::integer, 10, 'issued',
        ${everlastingLotId}, 100000, 'INR', 1, '/shop ' || id,
        '2001-01-01Z'::timestamptz + number * interval '1 second', '2001-01-20Z'
      from (select number, gen_random_uuid()::text as id from generate_series(1, ${orders}::integer) number) placed`;
    await sql`
      insert into points_balances (tenant_id, customer_id, program, points, lifetime, version, reached_at)
      select tenant_id, customer_id, program, sum(points), sum(points), count(*), max(occurred_at)
      from points_ledger group by 1, 2, 3`;
    await addLedgerKeys(sql);
    await months.pretendAudited();
    const bytes = async () => {
      const rows = await sql<{ name: string; bytes: number }[]>`
        select case when relname like 'points_ledger%' then 'points_ledger' else relname end as name,
          sum(pg_total_relation_size(oid))::bigint as bytes
        from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace
          and relname ~ '^(points_ledger|ledger_keys|ledger_openings|lot_openings|archived_orders|earning_borders)'
        group by 1 order by 1`;
      return Object.fromEntries(rows.map((row) => [row.name, Math.round(row.bytes / orders)]));
    };
    const before = await bytes();
    await months.archive('2001-05-01T00:00:00Z');
    expect(await months.online()).toEqual([]);
    console.info('bytes per order', { before, after: await bytes() });
  });
});
