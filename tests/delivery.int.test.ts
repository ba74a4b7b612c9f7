/** Deliveries to two instances at once, and to one that is shutting down. */

import { Pool } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFunctions } from '#scripts/build.ts';
import { expectedPoints } from '#scripts/demo/expected-points.ts';
import { generateOrders } from '#scripts/orders/generate-orders.ts';
import { createReadyTopics } from '#scripts/services/create-ready-topics.ts';
import { PointsAwarded } from '#shared/eventing/contracts/points-events.ts';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { type FunctionProcess, startFunction } from '#shared/testing/servers/function-process.ts';
import { hasKafka, testDatabase, testKafka, testRedis } from '#shared/testing/servers/servers.ts';
import { plainRecord } from './bad-orders.ts';

const database = await testDatabase();
const redis = await testRedis();
const { brokers } = testKafka();
const sql = connectPostgres({ url: database.url, max: 2 });
afterAll(() => sql.end());

const orders = (seed: number, records: number) => [
  ...generateOrders({ seed, records, customers: 20, prefix: `d${seed}`, duplicateShare: 0 }),
];

const start = () =>
  startFunction({
    name: 'award-points',
    variables: {
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      KAFKA_BROKERS: brokers.join(','),
    },
  });

/** Sends records over many connections at once. @returns the statuses. */
const deliver = async (to: FunctionProcess, records: ReturnType<typeof orders>) => {
  const pool = new Pool(to.url, { connections: 32 });
  const answers = records.map(async ({ value }, offset) => {
    const { statusCode, body } = await pool.request({
      method: 'POST',
      path: '/',
      headers: plainRecord(offset),
      body: value,
    });
    await body.dump();
    return statusCode;
  });
  const statuses = await Promise.all(answers);
  await pool.close();
  return new Set(statuses);
};

const points = async () => {
  const rows = await sql<{ customer: string; points: number; entries: number }[]>`
    select customer_id as customer, points, (
      select sum(points)::bigint from points_ledger entry
      where entry.customer_id = balance.customer_id) as entries
    from points_balances balance`;
  for (const row of rows) expect(row.entries).toBe(row.points);
  return new Map(rows.map(({ customer, points: sum }) => [customer, BigInt(sum)]));
};

describe.skipIf(!hasKafka())('award-points', () => {
  const sent: ReturnType<typeof orders> = [];
  beforeAll(buildFunctions);
  beforeAll(async () => {
    const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
    await createReadyTopics(admin, [{ topic: PointsAwarded.topic }]);
    await admin.disconnect();
  });

  it('awards points once for an order that two instances get at once', async () => {
    const instances = await Promise.all([start(), start()]);
    const batch = orders(1, 600);
    sent.push(...batch);
    const statuses = await Promise.all(
      instances.flatMap((it) => [deliver(it, batch), deliver(it, batch.toReversed())]),
    );
    expect(statuses).toEqual(Array(4).fill(new Set([204])));
    expect(await points()).toEqual(expectedPoints(sent));
  });

  it('answers everything that comes while it drains, then ends with 0', async () => {
    const instance = await start();
    // So few that a busy machine does not need the 25 seconds after which it closes anyway.
    const batch = orders(2, 400);
    sent.push(...batch);
    const delivered = deliver(instance, batch);
    instance.kill('SIGTERM');
    expect(await delivered).toEqual(new Set([204]));
    expect(await instance.exited).toBe(0);
    expect(await points()).toEqual(expectedPoints(sent));
  });

  it('leaves nothing half done when it is killed, and the next one processes the rest', async () => {
    const instance = await start();
    const batch = orders(3, 3_000);
    sent.push(...batch);
    const delivered = deliver(instance, batch);
    instance.kill('SIGKILL');
    await expect(delivered).rejects.toThrow();
    expect(await deliver(await start(), batch)).toEqual(new Set([204]));
    expect(await points()).toEqual(expectedPoints(sent));
  });
});
