/**
 * A database of an earlier version is migrated to the newest schema. tests/upgrade contains what
 * the functions of that version wrote, and the records that they received: orders in programs with
 * tiers, expiry and pending points, refunds, redemptions, transfers, adjustments, campaigns with
 * caps, a quest and coupons, reversals and refusals.
 */

import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { awardPoints } from '#functions/award-points/handler.ts';
import { evaluateCampaign } from '#functions/evaluate-campaign/handler.ts';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { CampaignQualified } from '#shared/eventing/contracts/campaigns.ts';
import { auditLedger } from '#shared/stores/postgres/audit/ledger-audit.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { sqlStatements } from '#shared/stores/postgres/driver/sql-statements.ts';
import { checkLedgerChain } from '#shared/stores/postgres/ledger/chain/ledger-chain-check.ts';
import { migrate } from '#shared/stores/postgres/schema/migrate.ts';
import { eventsOf } from '#shared/testing/deliver.ts';
import { expectSound } from '#shared/testing/expect-sound.ts';
import { migrateTo, migrations } from '#shared/testing/migrate-to.ts';
import { testDatabase } from '#shared/testing/servers/servers.ts';
import { type ActionRecord, actionWorld } from '#shared/testing/worlds/action-world.ts';
import { awardWorld, placed, progressed, refunded } from '#shared/testing/worlds/award-world.ts';

const fixture = new URL('./upgrade/', import.meta.url);

/** The last migration of the version that wrote the fixture. */
const lastOfBefore = '0007';

const { url } = await testDatabase({ isMigrated: false });
const sql = connectPostgres({ url, max: 4 });
afterAll(() => sql.end());

/** A database as the earlier version left it. */
const restore = async (): Promise<void> => {
  await migrateTo(url, lastOfBefore);
  const data = await readFile(new URL('database.sql', fixture), 'utf8');
  await sql.begin(async (tx) => {
    // As in a restored dump, triggers and foreign keys are off.
    await tx`set local session_replication_role = replica`;
    const tables = [...data.matchAll(/^insert into (\w+)/gm)].map(([, table]) => String(table));
    await tx.unsafe(`truncate ${tables.join()} cascade`);
    await tx.unsafe(data);
  });
  await sql`select setval(pg_get_serial_sequence('points_ledger', 'entry_no'), max(entry_no)) from points_ledger`;
  await raiseTransactionIds();
};

/**
 * Entries are sealed in the order of transaction ids, so this server's must be beyond those of the
 * fixture.
 */
const raiseTransactionIds = async (): Promise<void> => {
  const [row] = await sql<
    { newest: number }[]
  >`select max(transaction_id) as newest from points_ledger`;
  await sql.unsafe(`do $$ begin
    while pg_current_xact_id()::text::bigint <= ${row?.newest ?? 0} loop commit; end loop;
  end $$`);
};

/** A run that was interrupted while it counted usage, and left a table behind. */
const interruptUsageCount = async (): Promise<void> => {
  await migrateTo(url, '0021');
  const text = await readFile(new URL('0022_count_usage_by_day.sql', migrations), 'utf8');
  const statements = sqlStatements(text);
  const begun = statements.findIndex((statement) => statement.startsWith('create table'));
  for (const statement of statements.slice(0, begun + 1)) await sql.unsafe(statement);
  await sql`insert into counting.limit_usage values ('festival', 'tenant', '2025-11-01', '', 7, 7)`;
};

/** What customers and operators rely on. */
const contentOf = async () => ({
  balances: await sql`
    select tenant_id, customer_id, program, points, pending, reserved, lifetime from points_balances order by 1, 2, 3`,
  entries: await sql`
    select tenant_id, program, kind, cause_id, customer_id, points, account, amount_minor from points_ledger
    order by 1, 2, 3, 4, 5`,
  refunds: await sql`select tenant_id, refund_id, status, applied_minor from refunds order by 1, 2`,
  redemptions:
    await sql`select redemption_id, points, committed, status from redemptions order by 1`,
  events: await sql`select tenant_id, event_id, reversed_at from events order by 1, 2`,
  steps:
    await sql`select user_id, event_id, step, reversed_at from user_aggregations order by 1, 2, 3`,
  quests: await sql`select user_id, rule_key, completions from quest_progress order by 1, 2`,
  incentives:
    await sql`select incentive_id, user_id, status, reward_amount, coupon_code from incentives order by 1`,
  coupons: await sql`select code, incentive_id from coupon_codes order by 1`,
});

await restore();
const before = await contentOf();
await interruptUsageCount();
const applied = await migrate(url);

type SentRecord = Readonly<{
  topic: string;
  record: ActionRecord & Readonly<Record<string, unknown>>;
}>;
const sent = (await readFile(new URL('records.ndjson', fixture), 'utf8'))
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as SentRecord);
const recordsOf = (name: string) =>
  sent.filter(({ topic }) => topic === name).map(({ record }) => record);

const award = await awardWorld(awardPoints, { url });
const pod = award.pod();
const actions = await actionWorld(
  (parts) => evaluateCampaign({ ...parts, clock: () => new Date('2026-12-31T00:00:00Z') }),
  { url },
);

const toOrderRecord = (record: Readonly<Record<string, unknown>>) => {
  if ('refundId' in record) return refunded(record);
  return 'progress' in record ? progressed(record) : placed(record);
};

/** Delivers one record; one that is refused permanently was refused before. */
const refusedOr = <Result>(work: () => Promise<Result>): Promise<Result | undefined> =>
  Promise.try(work).catch((error: unknown) => {
    if (error instanceof InvalidEvent) return undefined;
    throw error;
  });

describe('the upgrade', () => {
  it('continues with the migration in which an earlier run was interrupted', () => {
    expect(applied.length).toBeGreaterThan(0);
    expect(applied[0]).toBe('0022_count_usage_by_day.sql');
  });

  it('keeps balances, entries, refunds, redemptions, events, quests, incentives and coupons', async () => {
    expect(Object.values(before).every((rows) => rows.length > 0)).toBe(true);
    expect(await contentOf()).toEqual(before);
  });

  it('leaves a database that every audit finds sound, usage of limits and seals among them', async () => {
    await expectSound(sql);
    const { usage, orders, balances, incentiveLog } = await auditLedger(sql);
    for (const { examined } of [usage, orders, balances, incentiveLog])
      expect(examined).toBeGreaterThan(10);
    expect(await checkLedgerChain(sql)).toMatchObject({ broken: 0 });
  });
});

describe('after the upgrade', () => {
  it('redelivered orders, refunds and progress change nothing', async () => {
    for (const record of recordsOf('orders'))
      await refusedOr(() => pod.deliver([toOrderRecord(record)]));
    expect(await contentOf()).toEqual(before);
  });

  it('redelivered actions and reversals change nothing', async () => {
    for (const record of recordsOf('tenant-events'))
      await refusedOr(() => actions.deliver([record]));
    expect(await contentOf()).toEqual(before);
  });

  it('a quest that was half done is completed by the missing steps', async () => {
    const step = (eventId: string, action: string, occurredAt: string, payload: object) => ({
      tenantId: 'festival',
      userId: 'u-quest',
      ...{ eventId, action, occurredAt, payload },
    });
    const outcomes = await actions.deliver([
      step('q-3', 'WATCH_VIDEO', '2025-11-01T08:00:00Z', { seconds: 40, genre: 'x' }),
      step('q-4', 'PURCHASE', '2025-11-01T09:00:00Z', { amountMinor: 100, category: 'food' }),
    ]);
    const types = outcomes.flatMap(eventsOf).map(({ type }) => type);
    expect(types).toContain(CampaignQualified.type);
  });

  it('new orders are rated together with the old ones', async () => {
    const order = { orderId: 'o-new', customerId: 'c-1', amount: '500.00', currency: 'INR' };
    await pod.deliver([placed({ ...order, placedAt: '2026-11-30T00:00:00Z' })]);
    const [{ entries } = { entries: 0 }] = await sql<{ entries: number }[]>`
      select count(*) as entries from points_ledger where order_id = 'o-new' and kind = 'EARN'`;
    expect(entries).toBe(4);
    await expectSound(sql);
  });
});
