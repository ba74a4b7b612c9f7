/**
 * Orders to leaderboard and actions to incentives, end to end: brings up Postgres, Redis, Kafka and
 * the functions, streams orders and actions through Kafka, takes a snapshot, reads the board over
 * HTTP and compares every store with an independent recomputation. The exit code is the verdict.
 */
import { cp, rm } from 'node:fs/promises';
import { styleText } from 'node:util';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import { generateActions } from './actions/generate-actions.ts';
import { functionNames } from './build.ts';
import { startChangeCapture } from './change-capture/start-change-capture.ts';
import { analyticsCheck } from './demo/analytics-check.ts';
import { campaignVerdict } from './demo/campaigns/campaign-verdict.ts';
import { festivalBegin, festivalMs, festivalTenant } from './demo/campaigns/festival.ts';
import { openFestival } from './demo/campaigns/open-festival.ts';
import { paceAfter, sendActions } from './demo/campaigns/send-actions.ts';
import { changeCaptureChecks } from './demo/change-capture-checks.ts';
import { customersCheck } from './demo/customers-check.ts';
import { faultsAlong } from './demo/faults.ts';
import { framesCheck } from './demo/frames/frames-check.ts';
import { watchFrames } from './demo/frames/watch-frames.ts';
import { placesTable } from './demo/places-table.ts';
import { topicsCheck } from './demo/topics-check.ts';
import { type Check, verdict } from './demo/verdict.ts';
import { root } from './manifests/load-project.ts';
import { generateOrders } from './orders/generate-orders.ts';
import type { OrderRecord } from './orders/order-record.ts';
import { sendOrders } from './orders/send-orders.ts';
import { type LeaderboardClient, leaderboardClient } from './platform/leaderboard-client.ts';
import { progressBar } from './platform/progress-bar.ts';
import { reconcile } from './platform/requests/request-reconcile.ts';
import { takeSnapshot } from './platform/requests/request-snapshot.ts';
import { type Platform, startPlatform } from './platform/start-platform.ts';
import { terminalReport } from './services/terminal-report.ts';
import { whenEnding } from './services/when-ending.ts';

/** `npm run demo -- --faults` kills what it depends on while the orders stream. */
const withFaults = process.argv.includes('--faults');

/** `npm run demo -- --cdc` captures changes with Debezium, too, up to Redis and files. */
const withChangeCapture = process.argv.includes('--cdc');

/** `npm run demo -- --customers` matches records of customers from two sources, too. */
const withCustomers = process.argv.includes('--customers');

/** Functions that the demo runs only with `--customers`. */
const customerFunctions: readonly string[] = ['match-customer', 'identity-api'];

const orders = { seed: 20_261_121, records: 20_000, customers: 5_000, refusable: 28 };

/** Three days around the end of daylight saving time, so that one of them has 25 hours. */
const actions = {
  seed: 20_261_121,
  tenantId: festivalTenant.tenantId,
  records: 5_000,
  users: 800,
  refusable: 21,
  firstAt: festivalBegin(),
  spanMs: festivalMs,
};

const heading = (text: string): void => console.log(`\n${styleText('bold', text)}`);

/**
 * Sends the records and waits until each is awarded or refused.
 * @returns records per second, from the first to the last.
 */
const stream = async (platform: Platform, records: readonly OrderRecord[]): Promise<number> => {
  const { knative, brokers } = platform;
  const bar = progressBar('orders', records.length);
  const faults = faultsAlong(platform, records.length, (what) =>
    console.log(`   ${styleText('yellow', what)}`),
  );
  const watch = setInterval(() => {
    void knative.statistics().then(({ orders: source }) => {
      const answered = (source?.delivered ?? 0) + (source?.deadLettered ?? 0);
      bar.update(answered);
      if (withFaults) faults.progress(answered);
    });
  }, 100);
  const startedAt = performance.now();
  await sendOrders(records, { brokers });
  await knative.drained();
  clearInterval(watch);
  if (withFaults) {
    await faults.over();
    await knative.drained();
    await reconcile(platform);
  }
  bar.stop();
  return (records.length * 1000) / (performance.now() - startedAt);
};

const showBoard = async (leaderboard: LeaderboardClient): Promise<void> => {
  heading('Top 10');
  console.log(placesTable(await leaderboard.top(10)));
  const someone = 'c-00042';
  heading(`${someone} and the neighbours, two up and two down`);
  console.log(placesTable(await leaderboard.around(someone), someone));
};

const showVerdict = (checks: readonly Check[]): boolean => {
  heading('Verdict: everything recomputed from the generated orders and actions');
  for (const { name, ok, detail } of checks) {
    console.log(` ${ok ? styleText('green', '✓') : styleText('red', '✗')} ${name}: ${detail}`);
  }
  const ok = checks.every((check) => check.ok);
  console.log(`\n${ok ? styleText('green', 'verdict: ok') : styleText('red', 'verdict: NOT ok')}`);
  return ok;
};

/** Starts Debezium for the platform; returns a function that stops it. */
const captureChanges = async ({ services, brokers }: Platform): Promise<() => Promise<void>> => {
  heading('Starting Kafka Connect with Debezium');
  const databaseUrl = services.postgres.url;
  const sql = connectPostgres({ url: databaseUrl, max: 1 });
  const { connect, connectors, streaming } = await startChangeCapture({
    ...{ sql, brokers, databaseUrl },
    directory: `${root}/.guerdon/demo/connect`,
  });
  const stop = async (): Promise<void> => {
    forget();
    await connect.stop();
    await sql.end();
  };
  const forget = whenEnding(stop);
  await streaming().catch(async (error: unknown) => {
    await stop();
    throw error;
  });
  for (const { name, slot } of connectors) console.log(` connector ${name} reads slot ${slot}`);
  return stop;
};

const analyticsFolder = `${root}/.guerdon/demo/analytics`;

/** Everything else of a demo is removed at its end. */
const keepFiles = async (): Promise<void> => {
  const kept = `${root}/.guerdon/demo-analytics`;
  await rm(kept, { recursive: true, force: true });
  await cp(analyticsFolder, kept, { recursive: true });
  console.log(
    '\nThe analytics files are kept: npm run analytics -- --location .guerdon/demo-analytics',
  );
};

heading('Starting Postgres, Redis, Kafka and the functions');
const functions = (await functionNames()).filter(
  (name) => withCustomers || !customerFunctions.includes(name),
);
const platform = await startPlatform({
  ...{ name: 'demo', temporary: true, report: terminalReport() },
  services: functions,
});
let stopCapture: (() => Promise<void>) | undefined;
try {
  if (withChangeCapture) stopCapture = await captureChanges(platform);
  const records = [...generateOrders(orders)];
  const leaderboard = leaderboardClient(platform.knative.url('leaderboard-api'), platform.token);

  heading(`Streaming ${orders.records} orders of ${orders.customers} customers through Kafka`);
  const rate = await stream(platform, records);
  console.log(
    ` ${Math.round(rate)} orders a second, from the first record written to the last acknowledged`,
  );

  heading(
    `Three campaigns with tight caps, and ${actions.records} actions of ${actions.users} users`,
  );
  const token = await platform.tokenFor(festivalTenant.tenantId);
  const ids = await openFestival(platform.knative.url('cms-api'), token);
  const acted = generateActions(actions);
  const watch = await watchFrames({
    url: platform.knative.url('connect-client'),
    tokenOf: (userId) => platform.tokenFor(festivalTenant.tenantId, userId),
    records: acted,
  });
  console.log(` ${watch.clients} users are connected over WebSockets`);
  const { brokers } = platform;
  const pace = await sendActions(platform, acted, paceAfter(rate));
  console.log(
    ` ${pace.sent} at ${pace.perSecond} a second, then the rest as fast as Kafka accepts them: ${pace.handledPerSecond} a second`,
  );

  await takeSnapshot(platform.knative.broker('guerdon'), leaderboard);
  await showBoard(leaderboard);
  const { services } = platform;
  const campaignChecks = await campaignVerdict({
    records: acted,
    ids,
    databaseUrl: services.postgres.url,
    brokers,
  });
  const checks = await verdict({
    records,
    refusable: [...records, ...acted],
    databaseUrl: services.postgres.url,
    redisUrl: services.redis.url,
    brokers,
    leaderboard,
  });
  const topics = await topicsCheck({ databaseUrl: services.postgres.url, brokers });
  const frames = await framesCheck({ watch, pace, databaseUrl: services.postgres.url, brokers });
  watch.close();
  const captureChecks = withChangeCapture
    ? [
        ...(await changeCaptureChecks({
          databaseUrl: services.postgres.url,
          redisUrl: services.redis.url,
          brokers,
        })),
        await analyticsCheck({ databaseUrl: services.postgres.url, analyticsFolder }),
      ]
    : [];
  if (withCustomers) heading('Streaming records of customers from two sources through Kafka');
  const customerChecks = withCustomers ? [await customersCheck(platform)] : [];
  const all = [...checks, ...campaignChecks, frames, topics, ...captureChecks, ...customerChecks];
  process.exitCode = showVerdict(all) ? 0 : 1;
  if (withChangeCapture) await keepFiles();
} finally {
  await stopCapture?.();
  await platform.stop();
}
