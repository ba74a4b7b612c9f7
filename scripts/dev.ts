/** Keeps the whole platform up on this machine, with its data, until Ctrl-C; prints where everything is. */
import { once } from 'node:events';
import { styleText } from 'node:util';
import { announceAddresses } from './platform/addresses.ts';
import { startPlatform } from './platform/start-platform.ts';
import { terminalReport } from './services/terminal-report.ts';
import { whenEnding } from './services/when-ending.ts';

const platform = await startPlatform({ name: 'dev', temporary: false, report: terminalReport() });
const { services, knative, brokers, token } = platform;
const leaderboard = knative.url('leaderboard-api');
const broker = knative.broker('guerdon');

// Where `npm run orders`, `redrive` and `verify` find them, for as long as they are up.
whenEnding(
  await announceAddresses({
    DATABASE_URL: services.postgres.url,
    REDIS_URL: services.redis.url,
    KAFKA_BROKERS: services.kafka.url,
  }),
);

console.log(`
${styleText('bold', 'Guerdon is up.')} Ctrl-C takes it down; what it stored stays in .guerdon/dev.

  leaderboard-api  ${leaderboard}   (its OpenAPI document: ${leaderboard}/openapi.json)
  Broker guerdon   ${broker}
  Postgres         ${services.postgres.url}
  Redis            ${services.redis.url}
  Kafka            ${brokers.join(',')}
  logs             .guerdon/dev/logs/<name>.log

  export TOKEN=${token}

${styleText('bold', 'Send orders')}, a thousand a second for half a minute, or your own:
  npm run orders -- --rate 1000 --seconds 30
  npm run orders -- my-orders.csv

${styleText('bold', 'Ask for a snapshot')} without waiting for the minute:
  curl -i ${broker} -H 'ce-specversion: 1.0' -H 'ce-id: 1' -H 'ce-source: /me' \\
    -H 'ce-type: guerdon.rank.rebuild-requested.v1' -H 'content-type: application/json' -d '{}'

${styleText('bold', 'Read the board:')}
  curl -H "authorization: Bearer $TOKEN" '${leaderboard}/top-customers?N=10'
  curl -H "authorization: Bearer $TOKEN" '${leaderboard}/customer-info?id=c-00042'
`);

// The services' own endings run on Ctrl-C and exit; this only keeps the process here until then.
await once(process, 'exit');
