import { afterAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Unavailable } from '#shared/domain/errors.ts';
import { IncentiveRowChanged } from '#shared/eventing/contracts/row-changes.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { visibleTransactions } from '#shared/stores/postgres/driver/visible-transactions.ts';
import { limitReader } from '#shared/stores/postgres/limits/limit-reader.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { limitCounters } from '#shared/stores/redis/limits/limit-counters.ts';
import { deliveryOf } from '#shared/testing/deliver.ts';
import { testDatabase, testRedis } from '#shared/testing/servers/servers.ts';
import { limitStorm } from '#shared/testing/worlds/limit-storm.ts';
import { projectLimits } from './handler.ts';

const { url } = await testDatabase();
const redis = connectRedis((await testRedis()).url);
const sql = connectPostgres({ url, max: 8 });
afterAll(async () => {
  redis.disconnect();
  await sql.end();
});
beforeEach(() => redis.flushdb());

const counters = limitCounters(redis);
const pod = () =>
  projectLimits({
    transactions: visibleTransactions(sql),
    limits: limitReader(sql),
    counters,
    clock: () => new Date(),
    batchItemsMax: 100,
  })[0]!;

type Message = Readonly<{ op: string; after: object | null; source: object }> | undefined;

/** Delivers records of the topic as one batch. */
const deliver = (messages: readonly Message[], to = pod()) =>
  to.handle(messages.map((data) => deliveryOf(IncentiveRowChanged, data)));
const source = (txId: number | null = null) => ({
  table: 'incentives',
  lsn: 1,
  txId,
  ts_ms: Date.now(),
});

/** The logged changes of each incentive: its insertion and its current row. */
const changesOf = async (tenantId: string): Promise<readonly Message[]> => {
  const rows = await sql<{ row: Readonly<{ status: string }> }[]>`
    select to_jsonb(row) || jsonb_build_object('day', row.day || 'Z') as row
    from incentives row where tenant_id = ${tenantId}`;
  return rows.flatMap(({ row }) => [
    { op: 'c', after: row, source: source() },
    { op: 'u', after: row, source: source() },
  ]);
};

describe('projectLimits', () => {
  it('sets the counters of all capped subjects to what Postgres has, whatever the order, twice, in two pods at once', async () => {
    const storm = await limitStorm(sql);
    await storm.blow(60);
    const early = await changesOf(storm.tenantId);
    const pods = [pod(), pod()];

    await Promise.all([
      storm.blow(60),
      ...pods.map((each) => deliver(early, each)),
      deliver(early.toReversed(), pods[1]),
    ]);
    const late = await changesOf(storm.tenantId);
    await Promise.all(pods.map((each) => deliver(late, each)));
    await deliver(early);
    const { redis: shown, postgres } = await storm.compare(counters);
    expect(shown).toEqual(postgres);
    expect(Object.keys(shown)).toHaveLength(8);
  });

  it('shows usage after a reversal, and fills an empty Redis', async () => {
    const storm = await limitStorm(sql);
    await storm.blow(9);
    await deliver(await changesOf(storm.tenantId));
    await redis.flushdb();
    await deliver(await changesOf(storm.tenantId));
    const { redis: shown, postgres } = await storm.compare(counters);
    expect(shown).toEqual(postgres);
    expect(shown['tenant']?.total.count).toBe(6);
  });

  it('keeps what today has used when a late incentive counts for an earlier day', async () => {
    const storm = await limitStorm(sql);
    await storm.blow(3);
    const [change] = await changesOf(storm.tenantId);
    await deliver([{ ...change!, after: { ...change!.after, day: '2026-01-01Z' } }]);
    const { redis: shown, postgres } = await storm.compare(counters);
    expect(shown['tenant']).toEqual(postgres['tenant']);
  });

  it('leaves a change to a redelivery until statements see it, and processes the rest of its batch', async () => {
    const storm = await limitStorm(sql);
    await storm.blow(2);
    const [change] = await changesOf(storm.tenantId);
    const { promise: end, resolve: commit } = Promise.withResolvers<unknown>();
    const { promise: begun, resolve: began } = Promise.withResolvers<number>();
    // Otherwise a failure would wait for the open transaction.
    onTestFinished(() => commit(undefined));
    const open = sql.begin(async (tx) => {
      const [row] = await tx<[{ id: number }]>`
        select (pg_current_xact_id()::text::bigint & 4294967295) as id`;
      began(row.id);
      await end;
    });
    const unseen = { ...change!, source: source(await begun) };
    const outcomes = await deliver([unseen, change]);
    expect(outcomes[0]).toBeInstanceOf(Unavailable);
    expect(outcomes[1]).toEqual({ kind: 'done', domainEvents: [] });
    commit(undefined);
    await open;
    expect(await deliver([unseen])).toEqual([{ kind: 'done', domainEvents: [] }]);
  });

  it('acknowledges what changes no usage: tombstones, deletions, refusals, unknown campaigns', async () => {
    const storm = await limitStorm(sql);
    await storm.blow(1);
    const [change] = await changesOf(storm.tenantId);
    const refused = { ...change!, after: { ...change!.after, status: 'REFUSED' } };
    const unknown = {
      ...change!,
      after: { ...change!.after, campaign_id: '018f3c2e-5b1a-5d4e-9c3f-2a7b6d8e9f02' },
    };
    const deletion = { op: 'd', before: {}, after: null, source: source() };
    const outcomes = await deliver([undefined, deletion, refused, unknown]);
    expect(outcomes.map((outcome) => 'kind' in outcome && outcome.kind)).toEqual(
      Array(4).fill('done'),
    );
    expect(await redis.dbsize()).toBe(0);
  });

  it('refuses a record that is not a change of an incentive, with the reason', () => {
    expect(() => deliver([{ op: 'c', after: { tenant_id: 't' }, source: source() }])).toThrow(
      'after.incentive_id must be a UUID',
    );
  });
});
