import { expect, it } from 'vitest';
import { addLedgerKeys } from '#scripts/bench/core/add-ledger-keys.ts';
import { plainTerms } from '#shared/domain/earning/rating/earning-rule.ts';
import { everlastingLotId } from '#shared/domain/ledger/lots.ts';
import { ledgerMonths } from '#shared/testing/ledger-months.ts';
import { recordedStatements } from '#shared/testing/recorded-statements.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { moveBorders } from './move-borders.ts';

const sql = await testSql({ max: 2 });

it('moveBorders looks up the wallets of a month once where they fit into a page', async () => {
  await ledgerMonths(sql, ['2001-01']);
  const rule = JSON.stringify({
    ...{ ...plainTerms, rounding: 'carry' },
    rate: { points: 1, perMinor: 10_000 },
  });
  await sql`insert into tenants (tenant_id, name, currency) values ('t', 'T', 'INR')`;
  await sql`insert into programs (tenant_id, program, name) values ('t', 'points', 'P')`;
  await sql`
    insert into earning_rules (tenant_id, program, version, currency, terms, valid_from)
    values ('t', 'points', 1, 'INR', ${rule}::text::jsonb, 'epoch')`;
  await sql`
    insert into points_ledger (tenant_id, program, kind, cause_id, order_id, customer_id, points, counter_account,
      lot_id, amount_minor, currency, rule_version, cause, occurred_at, recorded_at)
    select 't', 'points', 'EARN', 'o-' || number, 'o-' || number, 'c-' || number % 3, 10, 'issued',
      ${everlastingLotId}, 100000, 'INR', 1, '/shop ' || number,
      '2001-01-01Z'::timestamptz + number * interval '1 minute', '2001-01-20Z'
    from generate_series(1, 9) number`;
  await sql`
    insert into points_balances (tenant_id, customer_id, program, points, lifetime, version, reached_at)
    select tenant_id, customer_id, program, sum(points), sum(points), count(*), max(occurred_at)
    from points_ledger group by 1, 2, 3`;
  await addLedgerKeys(sql);
  const statements = recordedStatements(sql);
  const month = {
    ...{ table: 'points_ledger', partition: 'points_ledger_2001_01' },
    ...{ startsAt: '2001-01-01T00:00:00Z', endsAt: '2001-02-01T00:00:00Z' },
  };
  expect(await moveBorders(sql, month, () => false)).toBe(true);
  const lookups = statements.filter((text) =>
    text.includes('select distinct tenant_id, customer_id, program from'),
  );
  expect(lookups).toHaveLength(1);
  const [borders] = await sql`select count(*)::int as count from earning_borders`;
  expect(borders).toEqual({ count: 3 });
});
