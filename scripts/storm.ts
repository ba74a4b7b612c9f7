/**
 * Actions through the whole platform to frames at WebSockets, at a fixed rate: calm first, then
 * while clients are cut off and pods of connect-client are replaced, then while pods are killed,
 * too. Each incentive must arrive exactly once, at its user's client. The exit code is the verdict.
 */
import { program } from 'commander';
import { positive } from './platform/options.ts';
import { startPlatform } from './platform/start-platform.ts';
import { terminalReport } from './services/terminal-report.ts';
import { byConnection } from './storm/by-connection.ts';
import { highestRate, p99MsMax } from './storm/highest-rate.ts';
import { type Played, playActions } from './storm/play-actions.ts';
import { slowestActions } from './storm/slowest-actions.ts';
import { openStorm, stormServices } from './storm/storm-world.ts';

program
  .name('npm run storm --')
  .description('Plays actions through the platform to frames, calm and in bad weather.')
  .option('--rate <rate>', 'actions per second; by default the highest that is in time', positive)
  .option('--seconds <seconds>', 'how long each part takes', positive, 60)
  .option('--warmup <actions>', 'actions before anything counts', positive, 2_000)
  .option('--clients <clients>', 'connected clients', positive, 2_000)
  .option('--cut <percent>', 'clients that are cut off each second', positive, 10)
  .option('--replace <seconds>', 'time between rollouts of a pod of connect-client', positive, 20)
  .option('--kill <seconds>', 'time between kills of a pod, in the last part', positive, 15)
  .parse();

type Options = Readonly<{
  rate?: number;
  seconds: number;
  warmup: number;
  clients: number;
  cut: number;
  replace: number;
  kill: number;
}>;

const { rate, seconds, clients, ...options } = program.opts<Options>();

/** Actions a second, while functions compile what they use often. */
const warmupRate = 100;

/** Seconds of weather that do not count. */
const warmupSeconds = 6;

type Waits = Pick<Played, 'actions' | 'p50' | 'p95' | 'p99'>;

const waited = ({ actions, ...ms }: Waits): string => {
  const [p50, p95, p99] = [ms.p50, ms.p95, ms.p99].map(Math.round);
  return `${actions} actions, p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms`;
};
const inTime = ({ p99 }: Waits): string =>
  `p99 of at most ${p99MsMax} ms: ${p99 <= p99MsMax ? 'ok' : 'missed'}`;

const show = (what: string, played: Played) => {
  const { ratePerSecond, wrong, cpuMicros } = played;
  console.log(`${what}, ${ratePerSecond}/s, action to frame: ${waited(played)}`);
  const used = Object.entries(cpuMicros).map(([name, micros]) => `${name} ${micros}`);
  console.log(`  µs of processor time per action: ${used.join(', ')}`);
  for (const each of wrong) console.log(`  WRONG: ${each}`);
};

const platform = await startPlatform({
  name: 'storm',
  temporary: true,
  report: terminalReport(),
  services: stormServices,
  // So that clients find another pod while theirs is replaced.
  pods: { 'connect-client': 2 },
});
try {
  const storm = await openStorm(platform, clients);
  const warmup = { ratePerSecond: warmupRate, seconds: options.warmup / warmupRate };
  show('warm-up, not counted', await playActions(storm, warmup));
  const ratePerSecond = rate ?? (await highestRate(storm, show));
  const showWaits = async (played: Played) => {
    console.log(`  ${inTime(played)}. Where the slowest actions waited, in ms:`);
    console.log(slowestActions(played.timed, await storm.hopTimes(), 30));
  };
  const showConnections = async ({ timed }: Played) => {
    const { connected, away, sinceOpened } = byConnection(timed, await storm.hopTimes());
    console.log(`  ${waited(connected)} where the client was connected`);
    console.log(
      `  ${waited(away)} where it was not, of which since it was: ${waited(sinceOpened)}`,
    );
  };
  const calm = await playActions(storm, { ratePerSecond, seconds });
  show(`${clients} clients, calm`, calm);
  await showWaits(calm);
  const { cut: cutPercent, replace: replaceSeconds, kill: killSeconds } = options;
  const weather = { ratePerSecond, seconds, cutPercent, replaceSeconds };
  // What cuts, reconnects, routes and replaces here compiles its code, too.
  const gust = { ...weather, seconds: warmupSeconds, replaceSeconds: warmupSeconds / 2 };
  show('with weather, warm-up, not counted', await playActions(storm, gust));
  const stormy = await playActions(storm, weather);
  show(`${clients} clients, ${cutPercent} % cut off each second, pods replaced`, stormy);
  await showWaits(stormy);
  await showConnections(stormy);
  const killed = await playActions(storm, { ...weather, killSeconds });
  show('the same, and pods killed', killed);
  await showConnections(killed);
  const ok = [calm, stormy, killed].every(({ wrong }) => wrong.length === 0);
  console.log(ok ? 'verdict: each incentive arrived exactly once' : 'verdict: NOT ok');
  process.exitCode = ok ? 0 : 1;
  await storm.close();
} finally {
  await platform.stop();
}
