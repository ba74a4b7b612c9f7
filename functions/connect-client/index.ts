import { readConfig } from '#shared/runtime/config.ts';
import { serve } from '#shared/runtime/host.ts';
import { authenticator } from '#shared/runtime/http/access/auth.ts';
import { createLogger } from '#shared/runtime/log.ts';
import {
  closePostgres,
  connectPool,
  openConnections,
} from '#shared/stores/postgres/driver/connect-pool.ts';
import { inboxStore } from '#shared/stores/postgres/inbox/inbox-store.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { inboxChannel } from '#shared/stores/redis/inbox/inbox-channel.ts';
import { inboxStream } from '#shared/stores/redis/inbox/inbox-stream.ts';
import { shape } from './config.ts';
import { createHandler } from './handler.ts';

const name = 'connect-client';
const config = readConfig(shape);
const log = createLogger(name);
const sql = connectPool(config, { plansOnce: true });
const redis = connectRedis(config.REDIS_URL);

const { close, ...handler } = createHandler({
  store: inboxStore(sql),
  stream: inboxStream(redis),
  openChannel: (listener) => inboxChannel(redis, listener),
  authenticate: authenticator(config),
  limits: config,
  log,
});
await serve({
  name,
  main: import.meta.main,
  log,
  ...handler,
  warmers: [() => openConnections(sql), () => redis.ping()],
  close: [close, () => closePostgres(sql), () => redis.quit()],
});
