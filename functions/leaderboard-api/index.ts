import { readConfig } from '#shared/runtime/config.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { authenticator } from '#shared/runtime/http/access/auth.ts';
import { serveHttp } from '#shared/runtime/http/serve-http.ts';
import { connectRedis } from '#shared/stores/redis/driver/connect.ts';
import { rankReader } from '#shared/stores/redis/ranks/rank-reader.ts';
import { snapshotNotices } from '#shared/stores/redis/ranks/snapshot-notices.ts';
import openapi from '../../docs/api/leaderboard-api.openapi.json' with { type: 'json' };
import { cachedReader } from './cached-reader.ts';
import { shape } from './config.ts';
import { routes } from './routes.ts';

const config = readConfig(shape);
const redis = connectRedis(config.REDIS_URL);
const notices = snapshotNotices(redis);

await serveHttp({
  name: 'leaderboard-api',
  main: import.meta.main,
  routes: routes({ ranks: cachedReader(rankReader(redis), notices), clock: systemClock }),
  authenticate: authenticator(config),
  openapi: JSON.stringify(openapi),
  close: [() => notices.close(), () => redis.quit()],
});
