import { type Logger, pino } from 'pino';
import type { Publisher } from '#shared/eventing/publisher.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { AnyRoute } from '#shared/runtime/http/route.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { idempotentRequests } from '#shared/stores/postgres/journal/idempotent-requests.ts';
import type { RedisConnection } from '#shared/stores/redis/driver/connect.ts';
import { apiClient } from '../api-client.ts';
import { kafkaUnavailable, recordingPublisher } from '../recording-publisher.ts';
import { testRedisClient, testSql } from '../servers/servers.ts';
import { goldTerms } from './earning.ts';
import { testWallets } from './wallets.ts';

/** When the points of freshCustomer expire, except those that never do. */
export const expiresFirst = new Date('2029-07-01T00:00:00Z');
export const expiresNext = new Date('2030-01-01T00:00:00Z');

/** Builds the routes of wallet-api from clients and a clock. */
type Compose = (
  clients: Readonly<{
    sql: Sql;
    redis: RedisConnection;
    publisher: Publisher;
    log: Logger;
    clock: Clock;
  }>,
) => readonly AnyRoute[];

/** The path of a wallet. */
export const walletUrl = (customerId: string, program = 'points', tenantId = 'acme'): string =>
  `/api/v1/tenants/${tenantId}/customers/${customerId}/wallets/${program}`;

/**
 * wallet-api on a database and a Redis of the test file, for the tenant acme and a caller who has
 * all scopes.
 */
export const walletWorld = async (compose: Compose) => {
  const sql = await testSql({ max: 8 });
  const redis = await testRedisClient();
  await insertTenants(sql);
  const { earn } = testWallets(sql);
  const world = { now: new Date(), kafkaIsDown: false };
  const publisher = recordingPublisher(() => (world.kafkaIsDown ? kafkaUnavailable : undefined));
  const parts = { sql, publisher, log: pino({ level: 'silent' }), clock: () => world.now };
  /** The same function on another Redis. */
  const clientOn = (other: RedisConnection) =>
    apiClient(
      {
        routes: compose({ ...parts, redis: other }),
        idempotency: idempotentRequests(sql),
      },
      'acme shop wallet:read wallet:write wallet:adjust',
    );
  const client = clientOn(redis);
  let customers = 0;

  return {
    ...client,
    clientOn,
    routes: compose({ ...parts, redis }),
    sql,
    redis,
    earn,
    /**
     * The time of the tests, and whether Kafka answers; rows are recorded by the database's clock.
     */
    world,
    later: (seconds: number) => new Date(world.now.getTime() + seconds * 1_000),
    /** The published events of a type for a customer. */
    publishedFor: (type: string, customerId: string) =>
      publisher.published.filter(
        (domainEvent) => domainEvent.type === type && domainEvent.partitionKey === customerId,
      ),
    /** A new customer with points that expire first, next and never. */
    freshCustomer: async (...points: readonly [number, number, number]) => {
      const customerId = `c-${(customers += 1)}`;
      const wallet = { tenantId: 'acme', customerId, program: 'points' };
      const expiries = [expiresFirst, expiresNext, undefined];
      for (const [index, amount] of points.entries())
        if (amount > 0) await earn(wallet, amount, expiries[index]);
      return { customerId, wallet, url: walletUrl(customerId) };
    },
    reserve: async (url: string, body: object, options?: Parameters<typeof client.post>[2]) => {
      const answer = await client.post(`${url}/redemptions`, body, options);
      return {
        ...answer,
        location: answer.location ?? '',
        body: answer.body as Readonly<{ redemptionId: string }>,
      };
    },
  };
};

const insertTenants = async (sql: Sql): Promise<void> => {
  await sql`
    insert into tenants (tenant_id, name, currency, time_zone, status) values
      ('acme', 'Acme', 'INR', 'Asia/Kolkata', 'ACTIVE'), ('gone', 'Gone', 'INR', 'UTC', 'SUSPENDED')`;
  await sql`
    insert into programs (tenant_id, program, name, unit) values ('acme', 'points', 'Points', 'POINTS'),
      ('acme', 'cashback', 'Cashback', 'INR'), ('gone', 'points', 'Points', 'POINTS')`;
  await sql`insert into boards (tenant_id, board) values ('acme', 'main')`;
  await sql`
    insert into tier_ladders (tenant_id, program, version, terms, valid_from, created_by)
    values ('acme', 'cashback', 1, ${sql.json(goldTerms)}, '2020-01-01', 'test')`;
};
