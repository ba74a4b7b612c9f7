/**
 * Runs the whole platform on this machine, and keeps its data, until Ctrl-C; prints all addresses.
 */
import { once } from 'node:events';
import { styleText } from 'node:util';
import { program } from 'commander';
import { startFramesPage } from './frames-page/frames-page.ts';
import { announceAddresses } from './platform/addresses.ts';
import { positive } from './platform/options.ts';
import { startPlatform } from './platform/start-platform.ts';
import { terminalReport } from './services/terminal-report.ts';
import { whenEnding } from './services/when-ending.ts';

program
  .name('npm run dev --')
  .option(
    '--scale-to-zero [speed]',
    'stop idle functions as their manifests specify, or this many times sooner',
    positive,
  )
  .parse();
const { scaleToZero } = program.opts<{ scaleToZero?: number | true }>();

const platform = await startPlatform({
  name: 'dev',
  temporary: false,
  report: terminalReport(),
  ...(scaleToZero !== undefined && {
    scaleToZero: {
      speed: Number(scaleToZero),
      now: () => performance.now(),
      log: (what) => console.log(what),
    },
  }),
});
const { services, knative, brokers, token } = platform;
const leaderboard = knative.url('leaderboard-api');
const wallet = knative.url('wallet-api');
const cms = knative.url('cms-api');
const identity = knative.url('identity-api');
const evaluate = knative.url('evaluate-campaign');
const broker = knative.broker('guerdon');
const tenant = '/api/v1/tenants/default';
const frames = await startFramesPage({
  connectUrl: knative.url('connect-client'),
  tokenOf: (userId) => platform.tokenFor('default', userId),
});

// Where `npm run orders`, `redrive` and `verify` find them while they run.
whenEnding(
  await announceAddresses({
    DATABASE_URL: services.postgres.url,
    REDIS_URL: services.redis.url,
    KAFKA_BROKERS: services.kafka.url,
  }),
);

console.log(`
${styleText('bold', 'Guerdon is up.')} Press Ctrl-C to stop it; its data stays in .guerdon/dev.

  leaderboard-api  ${leaderboard}
  wallet-api       ${wallet}
  cms-api          ${cms}
  identity-api     ${identity}
  connect-client   ${knative.url('connect-client')}
  Broker guerdon   ${broker}
  Postgres         ${services.postgres.url}
  Redis            ${services.redis.url}
  Kafka            ${brokers.join(',')}
  logs             .guerdon/dev/logs/<name>.log
  phones           .guerdon/dev/logs/push-notification.log shows their notifications

Each API serves its reference at /docs, such as ${wallet}/docs, and its OpenAPI document at /openapi.json.

${styleText('bold', 'For the commands below:')}
  export TOKEN=${token}
  export LEADERBOARD=${leaderboard} CMS=${cms}${tenant} IDENTITY=${identity}${tenant}
  export WALLET=${wallet}${tenant}/customers/c-00042/wallets/points
  ask() { curl -sS -w '\\n' -H "authorization: Bearer $TOKEN" -H 'content-type: application/json' "$@"; }

${styleText('bold', 'Send orders')}: generated ones, a thousand a second for half a minute, or your own with refunds and progress:
  npm run orders -- --rate 1000 --seconds 30
  npm run orders -- my-orders.ndjson

${styleText('bold', 'Request a snapshot')} now instead of at the next minute, and read the board:
  curl -i ${broker} -H 'ce-specversion: 1.0' -H 'ce-id: 1' -H 'ce-source: /me' \\
    -H 'ce-type: guerdon.rank.rebuild-requested.v1' -H 'content-type: application/json' -d '{}'
  ask "$LEADERBOARD/top-customers?N=10"
  ask "$LEADERBOARD/customer-info?id=c-00042"

${styleText('bold', 'Spend points')} exactly once, even if you repeat the request, and read the statement:
  ask "$WALLET"
  ask "$WALLET/redemptions" -H 'idempotency-key: coffee-1' -d '{"points":5,"commit":true,"reference":"a coffee"}'
  ask "$WALLET/statement?limit=5"

${styleText('bold', 'Draft a rule')} (the response contains its version, 2 at first), try it, and activate it:
  ask "$CMS/programs/points/rules" -H 'idempotency-key: double-1' \\
    -d '{"currency":"INR","terms":{"rate":{"points":2,"perMinor":10000},"expiry":{"kind":"rolling","days":365}}}'
  ask "$CMS/programs/points:dry-run" \\
    -d '{"ruleVersion":2,"order":{"amount":"1250.50","currency":"INR","placedAt":"2026-11-21T10:15:00Z"}}'
  ask "$CMS/programs/points/rules/2:activate" -d '{}'

${styleText('bold', 'Reward an action')}: declare its fields, create and activate a campaign (the response contains its id), act, and explain the decision:
  ask -X PUT "$CMS/actions/PURCHASE" -d '{"description":"Bought","fields":{"amountMinor":{"type":"int","required":true}}}'
  ask ${cms}/api/v1/campaigns -H 'idempotency-key: ten-1' -d '{"name":"Ten points","type":"SIMPLE","startAt":"2026-01-01T00:00:00Z",
    "endAt":"2099-01-01T00:00:00Z","rule":{"action":"PURCHASE","when":{"name":"large","when":"event.amountMinor >= 50000"}},
    "reward":{"type":"POINTS","amount":{"kind":"fixed","amount":10}},"limits":{"perUser":{"maxPerDay":2}}}'
  ask -X POST ${cms}/api/v1/campaigns/<campaignId>:activate
  curl -i ${evaluate} -H 'ce-specversion: 1.0' -H 'ce-id: 1' -H 'ce-source: /me' \\
    -H 'ce-type: guerdon.action.performed.v1' -H 'content-type: application/json' \\
    -d '{"eventId":"e-1","userId":"c-00042","action":"PURCHASE","payload":{"amountMinor":60000}}'
  ask "$CMS/events/e-1/explain"

${styleText('bold', 'Watch it arrive')}: a page that shows the frames of a user:
  ${frames.url}/?user=c-00042
`);

// The services stop on Ctrl-C and then exit; this only keeps the process alive until then.
await once(process, 'exit');
