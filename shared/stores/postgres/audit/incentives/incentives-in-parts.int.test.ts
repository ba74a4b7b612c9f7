/** Incentives with new events are audited each night, however many there are. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { intruder } from '#shared/testing/intruder.ts';
import { rowsRead } from '#shared/testing/rows-read.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import {
  damages,
  restoreIncentives,
  saveIncentives,
} from '#shared/testing/worlds/incentive-damages.ts';
import {
  couponCampaign,
  insertIncentives,
  recordIncentives,
  testIncentive,
} from '#shared/testing/worlds/record-incentives.ts';
import { connectPostgres, type Sql } from '../../driver/connect.ts';
import { auditPosition } from '../audit-position.ts';
import { type AuditPart, incrementalAudit } from '../incremental-audit.ts';
import { incentiveChecks } from './incentive-position.ts';

const { url } = await testDatabase();
const sql = connectPostgres({ url, max: 3 });
const one = connectPostgres({ url, max: 1 });
const asAnIntruder = intruder(sql);
afterAll(() => Promise.all([sql.end(), one.end()]));
beforeAll(async () => {
  await recordIncentives(sql);
  await saveIncentives(asAnIntruder);
});

/**
 * Damage without a new event of an incentive, or that another check finds: only the audit of all
 * finds it.
 */
const unseen = [
  'an incentive that was credited twice',
  'a usage with a day too many',
  'a usage of nothing',
  'a code that nobody was given',
  'an incentive without its event',
];

describe('an audit of new incentives', () => {
  const foundBy = async (on: Sql, audit = incrementalAudit(on, auditPosition(on))) => {
    const wrong: Record<string, number> = {};
    const report = (part: AuditPart) => {
      for (const [check, result] of Object.entries(part))
        if (result.wrong > 0) wrong[check] = (wrong[check] ?? 0) + result.wrong;
    };
    expect(await audit.incentives({ isOver: () => false, report })).toBe(true);
    return wrong;
  };
  /** Everything is new, and no audit of all incentives is due. */
  const allNew = [
    'truncate usage_sums, audit_findings',
    'update audit_position set audited_log = 0, incentives_on = now()',
  ];
  const ofIncentives = ([check]: readonly [string, unknown]) =>
    (incentiveChecks as readonly string[]).includes(check);

  it('finds nothing wrong with what is right, once', async () => {
    await asAnIntruder(...allNew);
    expect(await foundBy(sql)).toEqual({});
    expect(await sql`select from usage_sums where is_audit_due`).toHaveLength(0);
    const [sums] = await sql`
      select sum(count)::int as count, sum(amount)::int as amount from usage_sums`;
    const [used] = await sql`
      select sum(count)::int as count, sum(amount)::int as amount from limit_usage`;
    expect(sums).toEqual(used);
    expect(await foundBy(sql)).toEqual({});
  });

  it.each(damages.filter(([what]) => !unseen.includes(what)))(
    'finds %s',
    async (_, statement, expected) => {
      await asAnIntruder(statement, ...allNew);
      const [first] = Object.keys(await foundBy(sql));
      await restoreIncentives(asAnIntruder);
      expect(Object.keys(expected)).toContain(first);
    },
  );

  it.each(damages.filter(([what]) => unseen.includes(what)))(
    'leaves it to the audit of all incentives to find %s',
    async (_, statement, expected) => {
      await asAnIntruder(statement, ...allNew);
      expect(await foundBy(sql)).toEqual({});
      await asAnIntruder('update audit_position set incentives_on = null');
      const wrong = await foundBy(sql);
      await restoreIncentives(asAnIntruder);
      expect(wrong).toEqual(Object.fromEntries(Object.entries(expected).filter(ofIncentives)));
    },
  );

  it('keeps what it finds until an audit of all incentives no longer finds it', async () => {
    await asAnIntruder(
      `update limit_usage set count = count + 1 where subject = 'tenant' and day = '-infinity'`,
      ...allNew,
    );
    const kept = () => sql`select check_name from audit_findings`;
    await foundBy(sql);
    await asAnIntruder('update audit_position set incentives_on = null');
    await foundBy(sql);
    expect(await kept()).not.toEqual([]);
    await restoreIncentives(asAnIntruder);
    await foundBy(sql);
    expect(await kept()).not.toEqual([]);
    await asAnIntruder('update audit_position set incentives_on = null');
    await foundBy(sql);
    expect(await kept()).toEqual([]);
  });

  it('compares usage that is due before the place at which a run ran out of time', async () => {
    await asAnIntruder(...allNew);
    const audit = incrementalAudit(sql, auditPosition(sql));
    let isOver = false;
    const report = ({ usage }: AuditPart) => {
      isOver = usage !== undefined;
    };
    expect(await audit.incentives({ isOver: () => isOver, report })).toBe(false);
    await asAnIntruder(
      `update limit_usage set count = count + 1 where subject = 'tenant' and day = '-infinity' and unit = 'POINTS'`,
      `update usage_sums set is_audit_due = true where subject = 'tenant'`,
    );
    expect(await foundBy(sql, audit)).toEqual({ usage: 1 });
    await restoreIncentives(asAnIntruder);
  });

  it('waits for an event that an unfinished transaction may still add before the newest', async () => {
    await asAnIntruder(...allNew);
    await foundBy(sql);
    const { promise: isInserted, resolve: inserted } = Promise.withResolvers<undefined>();
    const { promise: canCommit, resolve: commit } = Promise.withResolvers<undefined>();
    const early = sql.begin(async (tx) => {
      await insertIncentives(tx, [testIncentive('early')]);
      inserted(undefined);
      await canCommit;
    });
    await isInserted;
    await insertIncentives(sql, [testIncentive('late', { status: 'REFUSED' })]);
    expect(await foundBy(sql)).toEqual({});
    commit(undefined);
    await early;
    // Neither the reward nor the usage of the early one was written.
    expect(await foundBy(sql)).toMatchObject({ rewards: 1 });
    await restoreIncentives(asAnIntruder);
  });

  it('reads as much, however many incentives are old', async () => {
    await sql`insert into tenants (tenant_id, name, currency) values ('big', 'B', 'INR')`;
    await sql`
      insert into limits (tenant_id, scope, max_total, window_days) values ('big', 'GLOBAL', 1000000, 30)`;
    const fill = async (count: number, days: number) => {
      await sql`
        with made as (
          insert into incentives (incentive_id, tenant_id, user_id, campaign_id, campaign_version, event_id, type,
            reward_currency, reward_amount, status, day, qualified_at, issued_at, cause)
          select gen_random_uuid(), 'big', 'u-' || n % 20, ${couponCampaign}, 1, 'e-' || n, 'CASHBACK', 'INR', 5,
            'ISSUED', current_date - n % ${days}::integer, now(), now(), '/test'
          from generate_series(1, ${count}::integer) n returning *
        ), logged as (
          insert into incentive_event_log (tenant_id, incentive_id, user_id, event)
          select tenant_id, incentive_id, user_id, 'generated' from made
        )
        insert into limit_usage as known (tenant_id, subject, day, unit, count, amount)
        select tenant_id, subject, counted_on, 'INR', count(*), sum(reward_amount) from made
        cross join lateral (values ('tenant'), ('user:' || user_id), ('campaign:' || campaign_id),
          ('campaign:' || campaign_id || ':user:' || user_id)) as counts_for (subject)
        cross join lateral (values (day), ('-infinity'::date)) as counts_on (counted_on)
        group by 1, 2, 3
        on conflict (tenant_id, subject, day, unit, slot) do update
          set count = known.count + excluded.count, amount = known.amount + excluded.amount`;
    };
    const tables = [
      ...['incentives', 'incentive_event_log', 'limit_usage', 'usage_sums', 'coupon_codes'],
      ...['points_ledger', 'ledger_keys', 'archived_incentives'],
    ];
    const readsOfNew = async (old: number) => {
      await fill(old, 300);
      await sql`update audit_position set incentives_on = null`;
      expect(await foundBy(sql)).toEqual({});
      await fill(100, 2);
      await sql`select brin_summarize_new_values('incentive_event_log_by_number')`;
      await sql`vacuum (analyze) incentives, incentive_event_log, limit_usage, usage_sums`;
      return rowsRead(one, tables, async () => expect(await foundBy(one)).toEqual({}));
    };
    const young = await readsOfNew(4_000);
    expect(await readsOfNew(8_000)).toBeLessThan(young * 1.2);
  });
});
