import { pino } from 'pino';
import { register } from 'prom-client';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { ReconcileTick } from '#shared/eventing/contracts/ticks.ts';
import type { DomainEvent } from '#shared/eventing/domain-event.ts';
import { incentiveEvent } from '#shared/eventing/incentive-event.ts';
import { auditPosition } from '#shared/stores/postgres/audit/audit-position.ts';
import { replicationSlots } from '#shared/stores/postgres/changes/replication-slots.ts';
import { exclusively } from '#shared/stores/postgres/driver/exclusively.ts';
import { incentiveLog } from '#shared/stores/postgres/incentives/incentive-log.ts';
import { outbox } from '#shared/stores/postgres/journal/outbox.ts';
import { refusedEvents } from '#shared/stores/postgres/journal/refused-events.ts';
import { comparisonPosition } from '#shared/stores/postgres/ledger/comparison-position.ts';
import { currentBalances } from '#shared/stores/postgres/ledger/current-balances.ts';
import { unwrittenBalances } from '#shared/stores/postgres/ledger/unwritten-balances.ts';
import { tenantStore } from '#shared/stores/postgres/tenants/tenant-store.ts';
import type { TopicState } from '#shared/stores/postgres/topics/missing-records.ts';
import { balanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { deliverOne } from '#shared/testing/deliver.ts';
import { kafkaUnavailable, recordingPublisher } from '#shared/testing/recording-publisher.ts';
import { testRedis, testSql } from '#shared/testing/servers/servers.ts';
import {
  incentiveIdOf,
  insertIncentives,
  testIncentive,
} from '#shared/testing/worlds/record-incentives.ts';
import { reconcileRewards } from './handler.ts';

const sql = await testSql();
const redis = connectRedis((await testRedis()).url);
afterAll(() => {
  redis.disconnect();
});
await sql`insert into tenants (tenant_id, name, currency) values ('acme', 'Acme', 'INR')`;

let kafkaIsDown = false;
let refuse: (domainEvent: DomainEvent) => InvalidEvent | undefined = () => undefined;
const publisher = recordingPublisher((domainEvent) =>
  kafkaIsDown ? kafkaUnavailable : refuse(domainEvent),
);
const isOf = (data: unknown, name: string) =>
  (data as { incentiveId: string }).incentiveId === incentiveIdOf(name);
const { published } = publisher;
const logged: Record<string, unknown>[] = [];

const dependencies = {
  outbox: outbox(sql),
  publisher,
  unwritten: unwrittenBalances(sql),
  currentBalances: currentBalances(sql),
  position: comparisonPosition(sql),
  tenants: tenantStore(sql),
  cache: balanceCache(redis),
  incentiveLog: incentiveLog(sql),
  refused: refusedEvents(sql),
  slots: replicationSlots(sql),
  sealLedger: () => Promise.resolve(),
  sumWallets: () => Promise.resolve(),
  completeErasures: () => Promise.resolve(),
  forgetRequests: () => Promise.resolve(),
  auditPosition: auditPosition(sql),
  audit: (_options: object): Promise<unknown> => Promise.reject(new Error('nobody asked for it')),
  exclusively: (work: () => Promise<void>) => exclusively(sql, 'reconcile-rewards', work),
  compareTopics: (): Promise<unknown> => Promise.reject(new Error('nobody asked for it')),
  topicStates: (): Promise<readonly TopicState[]> => Promise.resolve([]),
  log: pino({}, { write: (line) => void logged.push(JSON.parse(line) as Record<string, unknown>) }),
};

/** Passes a tick to the function as its host does. */
const tick = (changes: Partial<typeof dependencies> = {}, data: object = {}) =>
  deliverOne(reconcileRewards({ ...dependencies, ...changes }), ReconcileTick, data);

const valuesOf = async (metric: string) => {
  const { values } = await register.getSingleMetric(metric)!.get();
  return Object.fromEntries(
    values.map(({ labels, value }) => [String(labels['kind'] ?? ''), value] as const),
  );
};

beforeEach(async () => {
  await redis.flushdb();
  await sql`truncate incentives, unpublished_incentive_events, outbox cascade`;
  register.resetMetrics();
  published.length = 0;
  logged.length = 0;
  kafkaIsDown = false;
});

describe('incentives of which something was left unpublished', () => {
  const age = (name: string, interval: string) =>
    sql`update unpublished_incentive_events set recorded_at = now() - ${interval}::interval where incentive_id = ${incentiveIdOf(name)}`;
  const unpublished = () => valuesOf('guerdon_incentives_unpublished');

  it('are published once, as the events that their function would have published; young ones are left', async () => {
    const refusedBy = { kind: 'no-coupon', pool: 'summer' } as const;
    const ended = { endedAt: new Date('2026-12-01T00:00:00Z') };
    const overdue = [
      testIncentive('issued'),
      testIncentive('refused', { status: 'REFUSED', refusedBy }),
      testIncentive('reversed', { status: 'REVERSED', ...ended }),
      testIncentive('expired', { status: 'EXPIRED', ...ended }),
    ];
    await insertIncentives(sql, [...overdue, testIncentive('young')]);
    for (const name of ['issued', 'refused', 'reversed', 'expired']) await age(name, '2 minutes');
    await Promise.all([tick(), tick()]);
    await tick();
    const [issued, refused, reversed, expired] = overdue;
    const domainEvents = [
      incentiveEvent(issued!, 'generated'),
      incentiveEvent(refused!, 'refused'),
      incentiveEvent(reversed!, 'generated'),
      incentiveEvent(reversed!, 'reversed'),
      incentiveEvent(expired!, 'generated'),
      incentiveEvent(expired!, 'expired'),
    ];
    const byId = (one: DomainEvent, other: DomainEvent) => (one.id < other.id ? -1 : 1);
    expect(published.toSorted(byId)).toEqual(domainEvents.toSorted(byId));
    expect(await sql`select incentive_id as id from unpublished_incentive_events`).toEqual([
      { id: incentiveIdOf('young') },
    ]);
  });

  it('are published in as many sends as it takes', async () => {
    const names = Array.from({ length: 510 }, (_, index) => `many-${index}`);
    await insertIncentives(
      sql,
      names.map((name) => testIncentive(name)),
    );
    await sql`update unpublished_incentive_events set recorded_at = now() - interval '2 minutes'`;
    await tick();
    expect(new Set(published.map(({ id }) => id)).size).toBe(510);
    expect(await unpublished()).toEqual({ '': 510 });
  });

  it('do not wait for one that Kafka refuses: it is set aside with the reason until it is retried', async () => {
    await insertIncentives(sql, [testIncentive('poison'), testIncentive('good')]);
    await age('poison', '3 minutes');
    await age('good', '2 minutes');
    const refusal = new InvalidEvent('event-refused', 'Kafka refused the event');
    refuse = ({ data }) => (isOf(data, 'poison') ? refusal : undefined);
    await tick();
    expect(published).toMatchObject([{ data: { incentiveId: incentiveIdOf('good') } }]);
    const refused = refusedEvents(sql);
    expect(await refused.list(10)).toMatchObject([
      { id: incentiveIdOf('poison'), type: 'incentive generated', refusal: refusal.message },
    ]);
    await tick();
    expect(published).toHaveLength(1);
    refuse = () => undefined;
    expect(await refused.retry()).toBe(1);
    await tick();
    expect(published.map(({ data }) => isOf(data, 'poison'))).toEqual([false, true]);
  });

  it('wait while Kafka is unavailable, and are published afterwards', async () => {
    await insertIncentives(sql, [testIncentive('issued')]);
    await age('issued', '2 minutes');
    kafkaIsDown = true;
    await expect(tick()).rejects.toMatchObject({ dependency: 'kafka' });
    expect(await unpublished()).toEqual({ '': 1 });
    kafkaIsDown = false;
    await tick();
    await tick();
    expect(published).toHaveLength(1);
    expect(await unpublished()).toEqual({ '': 0 });
  });
});

it('an audit does not wait for another run, nor does it do its work', async () => {
  const audits: unknown[] = [];
  const audit = (options: object) => Promise.resolve(audits.push(options));
  const forgetRequests = () => Promise.reject(new Error('nobody asked for it'));
  await dependencies.exclusively(async () => {
    await tick({ audit, forgetRequests }, { audit: true });
    await tick({ audit, forgetRequests }, { audit: true, full: true });
  });
  expect(audits).toEqual([{ isFull: false }, { isFull: true }]);
});
