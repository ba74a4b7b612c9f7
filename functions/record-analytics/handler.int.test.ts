import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { register } from 'prom-client';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { readTopic } from '#scripts/platform/topics/read-topic.ts';
import { Unavailable } from '#shared/domain/errors.ts';
import { slices } from '#shared/domain/slices.ts';
import captures from '#shared/eventing/changes/captures/debezium.json' with { type: 'json' };
import { IncentiveChanged } from '#shared/eventing/contracts/incentive-changes.ts';
import { AnalyticsTick } from '#shared/eventing/contracts/ticks.ts';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { recordReadings } from '#shared/eventing/kafka/record-readings.ts';
import { changeMerger, mergeByDuck } from '#shared/stores/analytics/change-merger.ts';
import { changeReader } from '#shared/stores/analytics/change-reader.ts';
import { changeWriter } from '#shared/stores/analytics/change-writer.ts';
import { openDuck } from '#shared/stores/analytics/duck.ts';
import { forgetUser } from '#shared/stores/analytics/forget-user.ts';
import { fileFolder } from '#shared/stores/files/file-folder.ts';
import type { FileStore } from '#shared/stores/files/file-store.ts';
import { deliver as deliverBatch, deliverOne, deliveryOf } from '#shared/testing/deliver.ts';
import { hasKafka, testKafka, testSql } from '#shared/testing/servers/servers.ts';
import { type CapturedChange, captureChanges } from '#shared/testing/worlds/captured-changes.ts';
import { limitStorm } from '#shared/testing/worlds/limit-storm.ts';
import { recordAnalytics } from './handler.ts';

const sql = await testSql();
const root = await mkdtemp(join(tmpdir(), 'guerdon-analytics-'));
const duck = await openDuck({ spillFolder: join(root, 'spill') });
afterAll(async () => {
  await duck.close();
  await rm(root, { recursive: true });
});
beforeEach(() => register.resetMetrics());

/** A folder for files, and pods that write there. */
const place = async () => {
  const folder = await mkdtemp(join(root, 'files-'));
  const files = fileFolder(folder);
  const merger = changeMerger(files, mergeByDuck(duck));
  const pod = (store: FileStore = files, now = new Date()) =>
    recordAnalytics({
      writer: changeWriter(store, duck),
      merger: changeMerger(store, mergeByDuck(duck)),
      clock: () => now,
      batchItemsMax: 100,
      fileMsMin: 0,
      runMsMax: 60_000,
    });
  const reader = changeReader(files, duck);
  return {
    ...{ folder, files, merger, pod, reader },
    /** Rows of a query, as text. */
    query: async (query: string) => (await reader.query([query]))?.[0]?.rows,
    names: async () => (await files.list('changes/')).map(({ name }) => name),
  };
};

type Pod = ReturnType<typeof recordAnalytics>;

const deliver = (pod: Pod, changes: readonly unknown[]) =>
  deliverBatch(pod, IncentiveChanged, changes);
const tick = (pod: Pod) => deliverOne(pod, AnalyticsTick);
const tomorrow = () => new Date(Date.now() + 86_400_000);

const captured = captures
  .filter(({ topic }) => topic === 'db.incentives')
  .map(({ value }) => value);

describe.skipIf(!hasKafka())('record-analytics', () => {
  it('has what Postgres has, of a topic with every change twice, delivered in any order to two pods', async () => {
    const changes = await captureChanges(sql);
    const storm = await limitStorm(sql);
    await storm.blow(90);
    await sql`
      update incentives set status = 'EXPIRED', ended_at = now()
      where incentive_id in (select incentive_id from incentives where status = 'ISSUED' order by 1 limit 5)`;
    const all = await changes();
    await sql`drop trigger capture on incentives`;

    const kafka = testKafka();
    const topic = await kafka.createTopic('db.incentives', { numPartitions: 3 });
    await publish(kafka.brokers, topic, [...all, ...all]);
    const records = await readTopic(kafka.brokers, topic);
    expect(records).toHaveLength(2 * all.length);
    const delivered = records
      .map((record) => recordReadings(topic, record)[0]?.data)
      .toSorted(
        (a, b) =>
          ((JSON.stringify(a).length * 7919) % 101) - ((JSON.stringify(b).length * 7919) % 101),
      );

    const { pod, query, names } = await place();
    const pods = [pod(), pod()];
    for (const [index, batch] of slices(delivered, 20).entries()) {
      const [one, other] = [pods[index % 2]!, pods[(index + 1) % 2]!];
      const outcomes = await Promise.all([deliver(one, batch), deliver(other, batch.slice(0, 5))]);
      expect(outcomes[0]).toEqual(batch.map(() => ({ kind: 'done', domainEvents: [] })));
    }
    const expected = await sql<{ row: readonly (string | null)[] }[]>`
      select json_build_array(incentive_id::text, user_id, campaign_id::text, reward_currency, reward_amount::text, status,
        refused_by->>'kind', day::text, (extract(epoch from qualified_at) * 1000000)::bigint::text,
        (extract(epoch from issued_at) * 1000000)::bigint::text, (extract(epoch from ended_at) * 1000000)::bigint::text) as row
      from incentives where tenant_id = ${storm.tenantId} order by incentive_id`;
    const current = () =>
      query(`
        select incentive_id, user_id, campaign_id, reward_currency, reward_amount, status, refused_by->>'kind', day,
          epoch_us(qualified_at), epoch_us(issued_at), epoch_us(ended_at)
        from incentives order by incentive_id::varchar`);
    const counts = () => query('select count(*), count(distinct (lsn, incentive_id)) from changes');
    const truth = expected.map(({ row }) => row);
    expect(truth.length).toBeGreaterThan(60);
    expect(new Set(truth.map((row) => row[5])).size).toBe(4);
    expect(await current()).toEqual(truth);
    expect(await counts()).toEqual([[String(all.length), String(all.length)]]);

    const files = (await names()).length;
    // A merge whose input another one removed is Unavailable: its tick is redelivered.
    const mergedOrRepeated = () =>
      tick(pod(undefined, tomorrow())).catch((error: unknown) => {
        if (!(error instanceof Unavailable)) throw error;
      });
    await Promise.all([mergedOrRepeated(), mergedOrRepeated()]);
    await tick(pod(undefined, tomorrow()));
    expect(files).toBeGreaterThan(5);
    expect(await names()).toHaveLength(1);
    expect(await query('select count(*) from changes')).toEqual([[String(all.length)]]);
    expect(await current()).toEqual(truth);
  });

  it('writes what Debezium captured: insert, update, deletion; a tombstone adds nothing', async () => {
    const { pod, query } = await place();
    await deliver(
      pod(),
      captured.map((value) => value ?? undefined),
    );
    expect(
      await query('select op, status, tenant_id, reward_amount, day from changes order by lsn'),
    ).toEqual([
      ['c', 'ISSUED', 'acme', '5000', '2026-11-22'],
      ['u', 'REVERSED', 'acme', '5000', '2026-11-22'],
      ['d', null, null, null, null],
    ]);
    expect(await query('select status, qualified_at, is_removed from incentives')).toEqual([
      ['REVERSED', '2026-11-22 06:00:00.12+00', 'true'],
    ]);
  });

  it('keeps columns that it does not know, and reads older files without columns', async () => {
    const { pod, query, files } = await place();
    const [insert] = captured as unknown as CapturedChange[];
    await deliver(pod(), [{ ...insert, after: { ...insert!.after, colour: 'red', weight: 7 } }]);
    await files.write('changes/changed_on=2020-01-01/000000/older.parquet', (path) =>
      duck.run(`copy (select 1::bigint lsn, 'c' op, uuid() incentive_id, 'old' as tenant_id,
        timestamptz '2020-01-01 00:00:00Z' changed_at) to '${path}' (format parquet)`),
    );
    expect(await query('select tenant_id, others from changes order by tenant_id')).toEqual([
      ['acme', '{"colour":"red","weight":7}'],
      ['old', null],
    ]);
  });

  it('treats the end of an incentive as its last state, whatever a backfill reads before or after it', async () => {
    const { pod, query } = await place();
    const [insert, update] = captured as unknown as CapturedChange[];
    const read = (change: CapturedChange, at: number) => ({
      ...change,
      op: 'r',
      source: { ...change.source, lsn: null, ts_ms: at },
    });
    const status = () => query('select status from incentives');
    await deliver(pod(), [insert, read(update!, 1)]);
    expect(await status()).toEqual([['REVERSED']]);
    await deliver(pod(), [read(insert!, 2), read(insert!, 2)]);
    expect(await status()).toEqual([['REVERSED']]);
    // Read at the position at which the next change is logged.
    await deliver(pod(), [{ ...insert!, op: 'r' }]);
    const changes = await query('select op, count(*) from changes group by op order by op');
    expect(changes).toEqual([
      ['c', '1'],
      ['r', '3'],
    ]);
  });

  it('acknowledges nothing that is not written, and writes it when it is delivered again', async () => {
    const { pod, query, folder, files } = await place();
    await rm(folder, { recursive: true });
    await expect(deliver(pod(), captured.slice(0, 2))).rejects.toThrow(Unavailable);
    await mkdir(folder);
    const dying: FileStore = {
      ...files,
      write: async (...args) => {
        await files.write(...args);
        throw new Error('killed');
      },
    };
    await expect(deliver(pod(dying), captured.slice(0, 2))).rejects.toThrow('killed');
    await deliver(pod(), captured.slice(0, 2));
    await deliver(pod(), captured.slice(1, 2));
    expect(await query('select count(*) from changes')).toEqual([['2']]);
    const left = await readdir(folder, { recursive: true });
    expect(left.filter((name) => name.endsWith('.partial'))).toEqual([]);
  });

  it('refuses a record that is not a change of an incentive, with the reason', () => {
    const [insert] = captured as unknown as CapturedChange[];
    const wrong = { ...insert, after: { ...insert!.after, reward_amount: 1.5 } };
    expect(() => deliveryOf(IncentiveChanged, wrong)).toThrow(
      'after.reward_amount must be an integer',
    );
  });
});

describe('a user who is forgotten', () => {
  it('leaves every file, and what is written about them later is hidden and removed by a merge', async () => {
    const { pod, query, files, merger } = await place();
    const [insert] = captured as unknown as CapturedChange[];
    const of = (userId: string, lsn: number) => ({
      ...insert!,
      after: { ...insert!.after, user_id: userId },
      source: { ...insert!.source, lsn },
    });
    for (const lsn of [1, 2, 3]) await deliver(pod(), [of('u-1', 10 * lsn), of('u-2', lsn)]);
    const someone = { tenantId: 'acme', userId: 'u-1' };
    expect(await forgetUser({ files, duck, merger }, someone)).toBe(3);
    const stored = async () =>
      (
        await duck.query(
          `select distinct user_id from read_parquet('${await pathsOf(files)}') order by 1`,
        )
      ).rows;
    expect(await stored()).toEqual([['u-2']]);
    await deliver(pod(), [of('u-1', 99), of('u-2', 98)]);
    expect(await query('select distinct user_id from changes')).toEqual([['u-2']]);
    expect(await query('select distinct user_id from incentives')).toEqual([['u-2']]);
    await tick(pod(undefined, new Date('2999-01-01')));
    expect(await stored()).toEqual([['u-2']]);
    expect(await query('select count(*) from changes')).toEqual([['4']]);
    const marks = await files.list('forgotten/');
    expect(JSON.stringify(marks)).not.toContain('u-1');
  });
});

/** A pattern for all files of changes. */
const pathsOf = async (files: FileStore): Promise<string> => {
  const [first] = await files.list('changes/');
  const { path } = (await files.read(first!.name))!;
  return `${path.slice(0, path.indexOf('changes/'))}changes/*/*/*.parquet`;
};

const publish = async (
  brokers: readonly string[],
  topic: string,
  changes: readonly CapturedChange[],
): Promise<void> => {
  const producer = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).producer();
  await producer.connect();
  await producer.send({
    topic,
    messages: changes.map((change) => ({
      key: JSON.stringify(change.after ?? change.before),
      value: JSON.stringify(change),
    })),
  });
  await producer.disconnect();
};
