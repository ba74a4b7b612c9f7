/**
 * Runs rounds of faults with random seeds, and recomputes everything after each of them. Stops at
 * the first round with a wrong result; `--seed` runs that round again.
 */
import { randomInt } from 'node:crypto';
import { cp } from 'node:fs/promises';
import { resolve } from 'node:path';
import { program } from 'commander';
import { positive } from '#scripts/platform/options.ts';
import { terminalReport } from '#scripts/services/terminal-report.ts';
import { playRound, startWeatherWorld } from './weather/play-round.ts';

program
  .name('npm run faults --')
  .option('--minutes <minutes>', 'starts new rounds for this many minutes', positive, 10)
  .option('--rounds <rounds>', 'maximum number of rounds', positive, Number.POSITIVE_INFINITY)
  .option(
    '--seed <seed>',
    'the seed of the first round; each further round uses the next one',
    positive,
  )
  .parse();
const { minutes, rounds, seed } = program.opts<{
  minutes: number;
  rounds: number;
  seed?: number;
}>();

const directory = resolve(import.meta.dirname, '../.guerdon');
const name = `faults-${process.pid}`;
const world = await startWeatherWorld({ name, report: terminalReport() });
const deadline = performance.now() + minutes * 60_000;
const firstSeed = seed ?? randomInt(1, 2 ** 31);
let played = 0;

/** Runs one round and prints its faults; returns how many results were wrong. */
const play = async (roundSeed: number): Promise<number> => {
  console.log(`round ${played + 1}, seed ${roundSeed}`);
  const log = (what: string) => console.log(`   ${what}`);
  const failed = await playRound(world, { seed: roundSeed, log });
  for (const { name, detail } of failed) console.log(` ✗ ${name}: ${detail}`);
  return failed.length;
};

const playAll = async (): Promise<number> => {
  let violations = 0;
  while (violations === 0 && played < rounds && performance.now() < deadline) {
    violations = await play(firstSeed + played);
    played += 1;
  }
  return violations;
};

const violations = await playAll().catch((error: unknown) => {
  console.error(error);
  return 1;
});
const { orders, visits, adjustments } = world;
console.log(
  `${played} rounds from seed ${firstSeed}: ${orders.length} orders, ${visits.length} visits, ` +
    `${adjustments.length} adjustments, ${violations} violations`,
);
if (violations > 0) {
  const kept = `${directory}/${name}-logs`;
  await cp(`${directory}/${name}/logs`, kept, { recursive: true });
  console.log(`The logs of the functions are in ${kept}`);
}
await world.stop();
console.log(violations === 0 ? 'verdict: ok' : 'verdict: NOT ok');
process.exitCode = violations === 0 ? 0 : 1;
