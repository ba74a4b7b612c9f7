import { brokerPublisher } from '#shared/eventing/broker-publisher.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { authenticator } from '#shared/runtime/http/access/auth.ts';
import { serveHttp } from '#shared/runtime/http/serve-http.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { outboundTargets } from '#shared/runtime/outbound/outbound-url.ts';
import { secretBox } from '#shared/runtime/secret-box.ts';
import { closePostgres, connectPool } from '#shared/stores/postgres/driver/connect-pool.ts';
import { accessAudit } from '#shared/stores/postgres/journal/access-audit.ts';
import { idempotentRequests } from '#shared/stores/postgres/journal/idempotent-requests.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import openapi from '../../docs/api/cms-api.openapi.json' with { type: 'json' };
import { shape } from './config.ts';
import { routes } from './routes.ts';
import { stores } from './stores.ts';

const name = 'cms-api';
const config = readConfig(shape);
const sql = connectPool(config);
const redis = connectRedis(config.REDIS_URL);
const publisher = brokerPublisher({ sink: config.K_SINK, extensions: config.K_CE_OVERRIDES });

await serveHttp({
  name,
  main: import.meta.main,
  routes: routes({
    ...stores({
      ...{ sql, redis, publisher, log: createLogger(name) },
      webhookSecrets: secretBox(config.WEBHOOK_SECRET_KEYS),
      webhookTargets: outboundTargets(config),
      cohortCostMax: config.COHORT_COST_MAX,
    }),
    clock: systemClock,
  }),
  authenticate: authenticator(config),
  openapi: JSON.stringify(openapi),
  idempotency: idempotentRequests(sql),
  onRefused: accessAudit(sql),
  close: [() => publisher.close(), () => closePostgres(sql), () => redis.quit()],
});
