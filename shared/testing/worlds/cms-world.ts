import { type Logger, pino } from 'pino';
import { Unavailable } from '#shared/domain/errors.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { AnyRoute } from '#shared/runtime/http/route.ts';
import type { OutboundTargets } from '#shared/runtime/outbound/outbound-url.ts';
import { type SecretBox, secretBox } from '#shared/runtime/secret-box.ts';
import type { Sql } from '#shared/stores/postgres/driver/connect.ts';
import { accessAudit } from '#shared/stores/postgres/journal/access-audit.ts';
import { idempotentRequests } from '#shared/stores/postgres/journal/idempotent-requests.ts';
import type { RedisConnection } from '#shared/stores/redis/driver/connect.ts';
import { apiClient } from '../api-client.ts';
import { recordingPublisher } from '../recording-publisher.ts';
import { testRedisClient, testSql } from '../servers/servers.ts';

/** Builds the routes of cms-api from clients and a clock. */
type Compose = (
  clients: Readonly<{
    sql: Sql;
    redis: RedisConnection;
    publisher: Publisher;
    log: Logger;
    clock: Clock;
    webhookSecrets: SecretBox;
    webhookTargets: OutboundTargets;
  }>,
) => readonly AnyRoute[];

const everyScope = 'cms:read cms:write audit:read privacy:read privacy:erase';

/**
 * cms-api on a database and a Redis of the test file, for the tenant acme and its user ann, who has
 * all scopes.
 */
export const cmsWorld = async (compose: Compose) => {
  const sql = await testSql({ max: 8 });
  const redis = await testRedisClient();
  await sql`
    insert into tenants (tenant_id, name, currency, time_zone) values
      ('acme', 'Acme', 'INR', 'Asia/Kolkata'), ('other', 'Other', 'INR', 'UTC')`;
  const world = { now: new Date('2026-11-21T10:00:00.000Z'), brokerIsDown: false };
  const publisher = recordingPublisher(() =>
    world.brokerIsDown ? new Unavailable('broker', 'away') : undefined,
  );
  const clock = () => world.now;
  const webhookSecrets = secretBox([{ id: 'test', bytes: Buffer.alloc(32, 7) }]);
  const parts = {
    ...{ sql, publisher, log: pino({ level: 'silent' }), clock },
    ...{ webhookSecrets, webhookTargets: 'public' as const },
  };
  /** The same function on another Redis. */
  const clientOn = (other: RedisConnection) =>
    apiClient(
      {
        routes: compose({ ...parts, redis: other }),
        idempotency: idempotentRequests(sql),
        onRefused: accessAudit(sql),
      },
      `acme ann ${everyScope}`,
    );

  const base = '/api/v1/tenants/acme';
  const client = clientOn(redis);
  let programs = 0;

  return {
    ...client,
    clientOn,
    /** Adds a program and returns its URL. */
    freshProgram: async (): Promise<string> => {
      const program = `p-${(programs += 1)}`;
      await client.post(`${base}/programs`, { program, name: 'Miles' });
      return `${base}/programs/${program}`;
    },
    routes: compose({ ...parts, redis }),
    sql,
    redis,
    /** The time of the tests, which they set, and whether the Broker answers. */
    world,
    published: publisher.published,
    base,
    /** The token of another tenant, with all scopes. */
    stranger: `other eve ${everyScope}`,
  };
};
