import { authenticator } from '#shared/runtime/auth.ts';
import { systemClock } from '#shared/runtime/clock.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { serveHttp } from '#shared/runtime/serve-http.ts';
import { connectPostgres } from '#shared/stores/postgres/connect.ts';
import { idempotentRequests } from '#shared/stores/postgres/idempotent-requests.ts';
import openapi from '../../docs/api/cms-api.openapi.json' with { type: 'json' };
import { shape } from './config.ts';
import { routes } from './routes.ts';
import { stores } from './stores.ts';

const config = readConfig(shape);
const sql = connectPostgres({ url: config.DATABASE_URL, max: config.DATABASE_POOL_MAX });

await serveHttp({
  name: 'cms-api',
  main: import.meta.main,
  routes: routes({ ...stores(sql), clock: systemClock }),
  authenticate: authenticator(config),
  openapi: JSON.stringify(openapi),
  idempotency: idempotentRequests(sql),
  close: [() => sql.end()],
});
