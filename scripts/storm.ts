/**
 * Actions through the whole platform to frames at WebSockets, at a fixed rate: calm first, then
 * while clients are cut off and pods of connect-client are replaced. Each incentive must arrive
 * exactly once, at its user's client. The exit code is the verdict.
 */
import { parseArgs } from 'node:util';
import { startPlatform } from './platform/start-platform.ts';
import { terminalReport } from './services/terminal-report.ts';
import { highestRate } from './storm/highest-rate.ts';
import { type Played, playActions } from './storm/play-actions.ts';
import { openStorm, stormServices } from './storm/storm-world.ts';

const { values } = parseArgs({
  options: {
    // Actions a second; left out, the highest rate at which the p99 is in time is searched for.
    rate: { type: 'string' },
    seconds: { type: 'string', default: '30' },
    clients: { type: 'string', default: '2000' },
    // Per cent of the clients that are cut off each second.
    cut: { type: 'string', default: '10' },
    // Seconds after which a pod of connect-client is replaced, by SIGTERM and SIGKILL in turn,
    // where another one runs.
    replace: { type: 'string', default: '3' },
  },
});
const [seconds, clients, cutPercent, replaceSeconds] = [
  Number(values.seconds),
  Number(values.clients),
  Number(values.cut),
  Number(values.replace),
];

const show = (what: string, { actions, ratePerSecond, p50, p99, wrong, cpuMicros }: Played) => {
  console.log(
    `${what}: ${actions} actions at ${ratePerSecond}/s, action to frame p50 ${Math.round(p50)} ms, p99 ${Math.round(p99)} ms`,
  );
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
  await playActions(storm, { ratePerSecond: 20, seconds: 5 });
  const ratePerSecond =
    values.rate === undefined ? await highestRate(storm, show) : Number(values.rate);
  const calm = await playActions(storm, { ratePerSecond, seconds });
  show(`${clients} clients, calm`, calm);
  const stormy = await playActions(storm, { ratePerSecond, seconds, cutPercent, replaceSeconds });
  show(`${clients} clients, ${cutPercent} % cut off each second, pods replaced`, stormy);
  const ok = calm.wrong.length + stormy.wrong.length === 0;
  console.log(ok ? 'verdict: each incentive arrived exactly once' : 'verdict: NOT ok');
  process.exitCode = ok ? 0 : 1;
  await storm.close();
} finally {
  await platform.stop();
}
