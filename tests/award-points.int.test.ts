/**
 * award-points from its bundle, with real Postgres, Redis and Kafka, on both hosts: the same
 * requests, the same answers.
 */

import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildFunctions } from '#scripts/build.ts';
import { createReadyTopics } from '#scripts/services/create-ready-topics.ts';
import { PointsAwarded } from '#shared/eventing/contracts/points-events.ts';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import {
  type FunctionProcess,
  type Host,
  startFunction,
} from '#shared/testing/servers/function-process.ts';
import { hasKafka, testDatabase, testKafka, testRedis } from '#shared/testing/servers/servers.ts';
import { badOrders, goodOrders, type Knock } from './bad-orders.ts';

const database = await testDatabase();
const redis = await testRedis();
const { brokers } = testKafka();
const sql = connectPostgres({ url: database.url, max: 2 });
afterAll(() => sql.end());

const knock = async (url: string, { method = 'POST', headers = {}, body }: Knock) => {
  const answer = await request(url, { method: method as 'POST', headers, body: body ?? null });
  const text = await answer.body.text();
  const isProblem = answer.headers['content-type'] === 'application/problem+json';
  return {
    status: answer.statusCode,
    text,
    problem: isProblem ? (JSON.parse(text) as { code: string; detail: string }) : undefined,
  };
};

beforeAll(buildFunctions);
beforeAll(async () => {
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await createReadyTopics(admin, [{ topic: PointsAwarded.topic }]);
  await admin.disconnect();
});

describe.skipIf(!hasKafka()).each<Host>(['guerdon', 'functions-framework'])(
  'award-points on the host %s',
  (host) => {
    let served: FunctionProcess;
    beforeAll(async () => {
      served = await startFunction({
        name: 'award-points',
        host,
        variables: {
          DATABASE_URL: database.url,
          REDIS_URL: redis.url,
          KAFKA_BROKERS: brokers.join(','),
          NODE_ENV: 'production',
        },
      });
    });

    it.each(goodOrders)('takes $what', async (order) => {
      expect(await knock(served.url, order)).toMatchObject({ status: 204, text: '' });
    });

    it.each(badOrders)('refuses $what', async (order) => {
      const answer = await knock(served.url, order);
      expect(answer.status).toBe(order.status);
      // The framework refuses malformed bodies of declared types before the function sees them,
      // with its own message.
      if (host === 'guerdon') expect(answer.problem?.code).toBe(order.code);
      else if (answer.problem) expect(answer.problem.code).toBe(order.code);
    });

    it('answers its probes', async () => {
      expect((await request(`${served.url}/readyz`)).statusCode).toBe(200);
      expect((await request(`${served.url}/livez`)).statusCode).toBe(200);
    });

    it('has paid each good order once', async () => {
      const rows = await sql`select cause_id from points_ledger order by cause_id`;
      expect(rows.map((row) => row['causeId'] as string)).toEqual([
        'o-binary',
        'o-json',
        'o-more',
        'o-plain',
        'o-structured',
      ]);
      expect(await sql`select points from points_balances`).toEqual([{ points: 5 }]);
    });

    it.runIf(host === 'guerdon')('counts every refusal by its reason', async () => {
      const metrics = await (await fetch(served.metricsUrl)).text();
      for (const { code, status } of badOrders) {
        expect(metrics).toMatch(
          new RegExp(`guerdon_problems_total\\{status="${status}",code="${code}"\\} [1-9]`),
        );
      }
      expect(metrics).toContain('guerdon_awards_total{outcome="replayed"} 1');
    });

    it.runIf(host === 'guerdon')('logs every refusal as JSON with its correlation id', () => {
      const refusal = served.logs().find(({ code }) => code === 'wrong-currency');
      expect(refusal).toMatchObject({
        level: 'warn',
        function: 'award-points',
        correlationId: 'partition:0/offset:1',
      });
    });
  },
);
