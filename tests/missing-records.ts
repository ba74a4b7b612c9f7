/**
 * Records that the data plane loses: reconcile-rewards and `npm run verify -- --topics` find them
 * among everything else that was sent to the platform, and no longer once they were sent again.
 */

import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { comparedSources } from '#functions/reconcile-rewards/topics/compared-sources.ts';
import { sendToBroker } from '#scripts/platform/requests/send-to-broker.ts';
import type { Platform } from '#scripts/platform/start-platform.ts';
import { ReconcileRequested } from '#shared/eventing/contracts/ticks.ts';
import { Kafka, logLevel, type Message } from '#shared/eventing/kafka/kafkajs.ts';
import { connectPostgres, type Sql } from '#shared/stores/postgres/driver/connect.ts';
import { nullHeader } from '#shared/testing/null-header.ts';

const orders = ['lost-1', 'lost-2', 'lost-3'];

export const missingRecords = (started: () => Platform): void => {
  let platform: Platform;
  let kafka: Kafka;
  let sql: Sql;
  beforeAll(() => {
    platform = started();
    kafka = new Kafka({ brokers: [...platform.brokers], logLevel: logLevel.NOTHING });
    sql = connectPostgres({ url: platform.services.postgres.url, max: 1 });
  });
  afterAll(() => sql.end());

  /** Writes orders to one partition; with a header without a value none of them is delivered. */
  const write = async (headers: Message['headers'] = {}): Promise<void> => {
    const producer = kafka.producer();
    await producer.connect();
    const messages = orders.map((orderId, index) => ({
      partition: 3,
      value: JSON.stringify({ orderId, customerId: 'lost', amount: 100 }),
      headers: index === 1 ? headers : {},
    }));
    await producer.send({ topic: 'orders', messages });
    await producer.disconnect();
    await platform.knative.drained({ timeoutMs: 60_000 });
  };

  /**
   * How many records of the topics are still to be compared; offsets are committed every few
   * seconds.
   */
  const left = async (): Promise<number> => {
    const admin = kafka.admin();
    await admin.connect();
    const [row] = await sql<[{ compared: number }]>`
      select coalesce(sum(next_offset), 0)::bigint as compared from compared_partitions
      where topic = any(${comparedSources.map(({ topic }) => topic)})`;
    const ends = await Promise.all(
      comparedSources.map(({ topic }) => admin.fetchTopicOffsets(topic)),
    );
    await admin.disconnect();
    return ends.flat().reduce((sum, { high }) => sum + Number(high), -row.compared);
  };

  const missing = () =>
    sql`select topic, partition, reason from missing_records order by record_offset`;

  const verify = async () => {
    const { postgres, kafka: brokers } = platform.services;
    const env = { ...process.env, DATABASE_URL: postgres.url, KAFKA_BROKERS: brokers.url };
    const { code, stdout } = await promisify(execFile)(
      './scripts/run.sh',
      ['scripts/verify.ts', '--topics', '--json'],
      { env },
    ).then(
      ({ stdout: text }) => ({ code: 0, stdout: text }),
      (error: unknown) => error as Readonly<{ code: number; stdout: string }>,
    );
    const lines = stdout.split('\n').filter((line) => line !== '');
    return { code, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
  };

  it('are found by their offset, and delivered ones are not', async () => {
    await write({ trace: nullHeader() });
    await expect
      .poll(
        async () => {
          await sendToBroker(platform.knative.broker('guerdon'), ReconcileRequested, {
            topics: true,
          });
          await platform.knative.drained();
          return left();
        },
        { timeout: 60_000 },
      )
      .toBe(0);
    expect(await missing()).toMatchObject([
      { reason: expect.stringContaining('it was read together with offset') as string },
      { topic: 'orders', partition: 3, reason: 'its header "trace" has no value' },
      { reason: expect.stringContaining('it was read together with offset') as string },
    ]);
    const { code, lines } = await verify();
    expect(code).toBe(1);
    expect(lines).toMatchObject([
      { topic: 'campaign-qualified', missing: 0 },
      { topic: 'incentive-generated', missing: 0 },
      { topic: 'orders', missing: 3 },
      { topic: 'tenant-events', missing: 0 },
      ...[0, 1, 2].map(() => ({ topic: 'orders', partition: 3 })),
    ]);
  });

  it('are no longer missing once they were sent again', async () => {
    await write();
    await expect.poll(async () => (await verify()).code, { timeout: 60_000 }).toBe(0);
    expect(await missing()).toEqual([]);
  });
};
