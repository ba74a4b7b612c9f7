import { register } from 'prom-client';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Incentive } from '#shared/domain/incentives/incentive.ts';
import { IncentiveExpired } from '#shared/eventing/contracts/incentives.ts';
import { ExpiryTick } from '#shared/eventing/contracts/ticks.ts';
import { derivedId } from '#shared/eventing/domain-event.ts';
import { auditLedger } from '#shared/stores/postgres/audit/ledger-audit.ts';
import {
  type ExpiringIncentives,
  expiringIncentives,
} from '#shared/stores/postgres/incentives/expiring-incentives.ts';
import { recordEntries } from '#shared/stores/postgres/ledger/record-entries.ts';
import { deliverOne } from '#shared/testing/deliver.ts';
import { kafkaUnavailable, recordingPublisher } from '#shared/testing/recording-publisher.ts';
import { testSql } from '#shared/testing/servers/servers.ts';
import { expiryParts } from '#shared/testing/worlds/expiry-parts.ts';
import { earnEntry } from '#shared/testing/worlds/ledger-entries.ts';
import {
  incentiveIdOf,
  insertIncentives,
  testIncentive,
} from '#shared/testing/worlds/record-incentives.ts';
import { expireRewards } from './handler.ts';

const sql = await testSql();
await sql`insert into tenants (tenant_id, name, currency, status)
  values ('acme', 'Acme', 'INR', 'ACTIVE'), ('gone', 'Gone', 'INR', 'SUSPENDED')`;

const at = new Date('2027-01-01T00:00:00Z');
const after = (ms: number) => new Date(at.getTime() + ms);

let kafkaIsDown = false;
const publisher = recordingPublisher(() => (kafkaIsDown ? kafkaUnavailable : undefined));
const { published } = publisher;
type Fakes = Partial<{ now: Date; incentives: ExpiringIncentives }>;

/** Passes a tick to the function as its host does. */
const tick = ({ now = at, incentives = expiringIncentives(sql) }: Fakes = {}) =>
  deliverOne(
    expireRewards({ ...expiryParts(sql), incentives, publisher, clock: () => now }),
    ExpiryTick,
  );

const coupon = {
  type: 'COUPON',
  currency: undefined,
  program: undefined,
  amount: 1,
  couponCode: 'SUMMER-1',
} as const;
const give = (name: string, fields: Partial<Incentive> = {}) =>
  insertIncentives(sql, [testIncentive(name, { ...coupon, expiresAt: at, ...fields })]);
const expiredEvents = () => published.filter(({ type }) => type === IncentiveExpired.type);
const statusOf = async (name: string) => {
  const [row] =
    await sql`select status from incentives where incentive_id = ${incentiveIdOf(name)}`;
  return row?.['status'] as unknown;
};
const waiting = () =>
  sql`select incentive_id as id from unpublished_incentive_events where event = 'expired'`;

beforeEach(async () => {
  published.length = 0;
  kafkaIsDown = false;
  register.resetMetrics();
  await sql`truncate incentives, unpublished_incentive_events cascade`;
});

describe('a tick', () => {
  it('expires incentives that are due, and publishes that once, with the coupon', async () => {
    await give('due', { expiresAt: after(-1) });
    await give('later', { expiresAt: after(1) });
    await tick();
    await tick();
    expect([await statusOf('due'), await statusOf('later')]).toEqual(['EXPIRED', 'ISSUED']);
    expect(expiredEvents()).toHaveLength(1);
    expect(expiredEvents()[0]).toMatchObject({
      partitionKey: 'c-1',
      time: after(-1),
      tenantId: 'default',
    });
    expect(IncentiveExpired.schema.parse(expiredEvents()[0]?.data)).toMatchObject({
      incentiveId: incentiveIdOf('due'),
      reward: { type: 'COUPON', amount: 1, couponCode: 'SUMMER-1' },
      expiredAt: after(-1),
    });
    expect(await waiting()).toEqual([]);
    expect(await register.getSingleMetricAsString('guerdon_incentives_expired_total')).toContain(
      'guerdon_incentives_expired_total{type="COUPON"} 1',
    );
  });

  it('processes all active tenants, in as many rounds as needed, once even with two instances', async () => {
    for (let index = 0; index < 250; index += 1) await give(`many-${index}`);
    await give('acme', { tenantId: 'acme' });
    await give('gone', { tenantId: 'gone' });
    await Promise.all([tick(), tick()]);
    expect([await statusOf('acme'), await statusOf('gone')]).toEqual(['EXPIRED', 'ISSUED']);
    expect(await sql`select from incentives where status = 'EXPIRED'`).toHaveLength(251);
    expect(expiredEvents()).toHaveLength(251);
    expect(new Set(expiredEvents().map(({ id }) => id)).size).toBe(251);
  });

  it('expires the points of an incentive once, with its lot', async () => {
    const incentiveId = incentiveIdOf('points');
    const lotId = derivedId('lot', 'points');
    await insertIncentives(sql, [testIncentive('points', { expiresAt: at })]);
    await recordEntries(sql, [
      earnEntry({
        ...{ kind: 'REWARD', causeId: incentiveId, points: 50, counterAccount: 'rewarded' },
        ...{ amountMinor: undefined, currency: undefined, ruleVersion: undefined },
        ...{ lotId, expiresAt: at },
      }),
    ]);
    await Promise.all([tick(), tick()]);
    await tick();
    expect(await sql`select kind, points from points_ledger order by entry_no`).toEqual([
      { kind: 'REWARD', points: 50 },
      { kind: 'EXPIRE', points: -50 },
    ]);
    expect(await sql`select points, lifetime from points_balances`).toEqual([
      { points: 0, lifetime: 0 },
    ]);
    const { rewards, balances, lots, incentiveLog: logged } = await auditLedger(sql);
    for (const check of [rewards, balances, lots, logged])
      expect(check).toMatchObject({ examined: 1, wrong: 0 });
  });

  it('leaves what could not be published in the log, and continues', async () => {
    kafkaIsDown = true;
    await give('due');
    await give('acme', { tenantId: 'acme' });
    await tick();
    expect(await waiting()).toHaveLength(2);
    expect([await statusOf('due'), await statusOf('acme')]).toEqual(['EXPIRED', 'EXPIRED']);
  });

  it('leaves it in the log, too, if it dies between the commit and publishing', async () => {
    await give('due');
    const store = expiringIncentives(sql);
    const dying: ExpiringIncentives = {
      ...store,
      expire: async (due) => {
        if ((await store.expire(due)).length > 0) throw new Error('died');
        return [];
      },
    };
    await tick({ incentives: dying });
    await tick();
    expect(expiredEvents()).toEqual([]);
    expect(await waiting()).toEqual([{ id: incentiveIdOf('due') }]);
  });

  it('shows how long the oldest incentive that it could not process is overdue', async () => {
    const overdue = async () => {
      const metric = register.getSingleMetric('guerdon_oldest_overdue_incentive_seconds')!;
      return (await metric.get()).values.map(({ value }) => value);
    };
    await give('due', { tenantId: 'acme' });
    const store = expiringIncentives(sql);
    const failing: ExpiringIncentives = {
      ...store,
      expire: (due) =>
        due.tenantId === 'acme' ? Promise.reject(new Error('broken')) : store.expire(due),
    };
    await tick({ incentives: failing, now: after(90_000) });
    expect(await overdue()).toEqual([90]);
    await tick();
    expect(await overdue()).toEqual([0]);
  });
});
