/** `npm run backfill` and `npm run warm` as an operator runs them: processes with exit codes. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BalanceRowChanged, BoardRowChanged } from '#shared/eventing/contracts/row-changes.ts';
import { Kafka, logLevel } from '#shared/eventing/kafka/kafkajs.ts';
import { backfillPositions } from '#shared/stores/postgres/changes/backfill-positions.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { balanceCache } from '#shared/stores/redis/balances/balance-cache.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { hasKafka, testDatabase, testKafka, testRedis } from '#shared/testing/servers/servers.ts';

const root = resolve(import.meta.dirname, '../..');
const database = await testDatabase();
const { url: redisUrl } = await testRedis();
const kafka = testKafka();
const sql = connectPostgres({ url: database.url, max: 2 });
const redis = connectRedis(redisUrl);
afterAll(() => Promise.all([sql.end(), redis.quit()]));

/** Unique to this run: the topics are shared. */
const customer = `c-${randomBytes(4).toString('hex')}`;
const wallets = ['points', 'cash'].map((program) => {
  return { tenantId: 'default', customerId: customer, program };
});
const nowhere = '127.0.0.1:1';

const run = async (
  [command, ...args]: readonly [string, ...string[]],
  environment: Readonly<Record<string, string>> = {},
) => {
  const child = spawn(join(root, 'scripts/run.sh'), [`scripts/${command}.ts`, ...args], {
    cwd: root,
    env: {
      ...process.env,
      DATABASE_URL: database.url,
      REDIS_URL: redisUrl,
      KAFKA_BROKERS: kafka.brokers.join(','),
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = once(child, 'exit') as Promise<[number]>;
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    exit,
  ]);
  return { code, output: output.trim(), errors: errors.trim() };
};

const refused = (errors: string) => ({
  code: 1,
  output: '',
  errors: expect.stringContaining(errors) as string,
});

describe.skipIf(!hasKafka())('from a shell', () => {
  beforeAll(async () => {
    await sql`
      insert into points_balances (tenant_id, customer_id, program, points, lifetime, version, reached_at)
      select 'default', ${customer}, program, 70, 70, 3, '2026-11-21T10:00:00Z'
      from unnest('{points,cash}'::text[]) program`;
    const admin = new Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({
      topics: [BalanceRowChanged, BoardRowChanged].map(({ topic }) => ({ topic })),
      waitForLeaders: true,
    });
    await admin.disconnect();
  });

  it('balances and boards are backfilled, and Redis is filled from their topics without Postgres', async () => {
    // What a run to other topics left when it was interrupted must not make this one skip rows.
    await backfillPositions(sql).save('points_balances', {
      ...{ tenant_id: 'default', customer_id: customer, program: 'points' },
    });
    const [balances, boards] = await Promise.all([
      run(['backfill', 'points_balances']),
      run(['backfill', 'boards', '--topic', 'db.boards']),
    ]);
    expect(balances).toEqual({
      ...{ code: 0, errors: '' },
      output: 'Published 2 rows of points_balances to db.points_balances',
    });
    expect(boards).toMatchObject({ code: 0, output: 'Published 1 rows of boards to db.boards' });
    const warmed = await run(['warm', '--from-changelog'], {
      DATABASE_URL: `postgres://${nowhere}`,
    });
    expect(warmed).toMatchObject({ code: 0, errors: '' });
    expect(warmed.output).toMatch(/^[\d,]+ records of balances, without Postgres$/);
    for (const wallet of wallets)
      expect(await balanceCache(redis).read(wallet)).toMatchObject({ points: 70, version: 3 });
    expect(await redis.zscore('board:{default}:main:live', customer)).toBe('70');
  });

  it('an impossible request is refused with its reason and exit code 1', async () => {
    const cases: readonly (readonly [ReturnType<typeof run>, string])[] = [
      [run(['backfill']), "missing required argument 'table'"],
      [
        run(['backfill', 'orders']),
        'No connector publishes this. Connectors publish: incentives to db.inc',
      ],
      [
        run(['backfill', 'boards'], { KAFKA_BROKERS: nowhere }),
        'kafka (KAFKA_BROKERS) is unavailable',
      ],
      [
        run(['backfill', 'boards'], { DATABASE_URL: `postgres://${nowhere}/x` }),
        'postgres (DATABASE_URL) is unavailable',
      ],
      [
        run(['warm', '--from-changelog', '--tenant', 'acme']),
        "option '--from-changelog' cannot be used with option '--tenant <id>'",
      ],
      [run(['warm', '--tenant', 'nobody']), 'Tenant nobody does not exist'],
      [
        run(['warm', '--from-changelog'], { REDIS_URL: `redis://${nowhere}` }),
        'redis (REDIS_URL) is unavailable',
      ],
    ];
    for (const [ran, errors] of cases) expect(await ran).toEqual(refused(errors));
  });
});
