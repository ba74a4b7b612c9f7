/**
 * Evaluates random clauses that cms-api would accept on random payloads within the limits, and
 * measures the slowest and the largest. Fails when one costs more units than it was accepted for;
 * its times and bytes are for a person to read.
 */
import { randomInt } from 'node:crypto';
import { program } from 'commander';
import fc from 'fast-check';
import { positive } from '#scripts/platform/options.ts';
import { vocabularyOf } from '#shared/rules/expressions/event-variables.ts';
import { compileExpression } from '#shared/rules/expressions/expression.ts';
import { actionEvent, purchaseSchema } from '#shared/testing/worlds/campaigns.ts';
import { clauseTexts, purchasePayloads } from '#shared/testing/worlds/clauses.ts';

program
  .name('npm run fuzz --')
  .option('--seconds <seconds>', 'starts new batches for this many seconds', positive, 60)
  .option(
    '--seed <seed>',
    'the seed of the first batch; each further batch uses the next one',
    Number,
  )
  .parse();
const { seconds, seed = randomInt(1, 2 ** 31) } = program.opts<{
  seconds: number;
  seed?: number;
}>();

type Worst = Readonly<{ value: number; text: string }>;

const batchSize = 200;
/**
 * A clause is timed by its best run of these: the others waited for other processes or for garbage
 * collection.
 */
const runs = 5;

const vocabulary = vocabularyOf(purchaseSchema);
const deadline = performance.now() + seconds * 1_000;
const count = { generated: 0, accepted: 0, overCost: 0 };
let slowest: Worst = { value: 0, text: '' };
let largest: Worst = { value: 0, text: '' };

const larger = (one: Worst, other: Worst): Worst => (other.value > one.value ? other : one);

const measure = (text: string, payload: Readonly<Record<string, unknown>>): void => {
  const expression = compileExpression(text, vocabulary);
  if (expression.kind === 'refused') return;
  count.accepted += 1;
  const variables = vocabulary.variablesOf(actionEvent({ payload }), 'Asia/Kolkata');
  expression.ask(variables);
  if (variables.units > expression.cost) {
    count.overCost += 1;
    console.error(`Took ${variables.units} units, accepted for ${expression.cost}: ${text}`);
  }
  const times = Array.from({ length: runs }, () => {
    const start = performance.now();
    expression.ask(variables);
    return performance.now() - start;
  });
  slowest = larger(slowest, { value: Math.min(...times), text });
  const before = process.memoryUsage().heapUsed;
  expression.ask(variables);
  // Less than before where garbage was collected meanwhile.
  largest = larger(largest, { value: process.memoryUsage().heapUsed - before, text });
};

for (let batch = 0; performance.now() < deadline; batch += 1) {
  const sample = { numRuns: batchSize, seed: seed + batch };
  const payloads = fc.sample(purchasePayloads, sample);
  for (const [index, text] of fc.sample(clauseTexts, sample).entries()) {
    count.generated += 1;
    measure(text, payloads[index] ?? {});
  }
}

console.log(`Seed ${seed}: ${count.generated} clauses generated, ${count.accepted} accepted`);
console.log(`Slowest: ${slowest.value.toFixed(3)} ms (best of ${runs} runs): ${slowest.text}`);
console.log(`Largest: ${Math.round(largest.value / 1_000)} kB: ${largest.text}`);
console.log(`${count.overCost} took more than their cost`);
process.exitCode = count.overCost > 0 ? 1 : 0;
