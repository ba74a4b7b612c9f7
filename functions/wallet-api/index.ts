import { kafkaPublisher } from '#shared/eventing/kafka/kafka-publisher.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { authenticator } from '#shared/runtime/http/access/auth.ts';
import { serveHttp } from '#shared/runtime/http/serve-http.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { closePostgres, connectPool } from '#shared/stores/postgres/driver/connect-pool.ts';
import { accessAudit } from '#shared/stores/postgres/journal/access-audit.ts';
import { idempotentRequests } from '#shared/stores/postgres/journal/idempotent-requests.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import openapi from '../../docs/api/wallet-api.openapi.json' with { type: 'json' };
import { shape } from './config.ts';
import { routes } from './routes.ts';
import { stores } from './stores.ts';

const name = 'wallet-api';
const config = readConfig(shape);
const sql = connectPool(config, { plansOnce: true });
const redis = connectRedis(config.REDIS_URL);
const publisher = kafkaPublisher({ brokers: config.KAFKA_BROKERS, clientId: name });

await serveHttp({
  name,
  main: import.meta.main,
  routes: routes({
    ...stores({ sql, redis, publisher, log: createLogger(name) }),
    clock: systemClock,
  }),
  authenticate: authenticator(config),
  openapi: JSON.stringify(openapi),
  idempotency: idempotentRequests(sql),
  onRefused: accessAudit(sql),
  close: [() => publisher.close(), () => closePostgres(sql), () => redis.quit()],
});
