/**
 * Measures: `npm run bench -- [row …] [--aged [SCALE]] [--json FILE] [--quick]`. docs/benchmarks.md
 * describes how, and the baselines.
 */
import { writeFile } from 'node:fs/promises';
import { Argument, InvalidArgumentError, program } from 'commander';
import { allRows } from './bench/all-rows.ts';
import { describeMachine } from './bench/core/machine.ts';
import { runRow } from './bench/core/run-row.ts';
import { toTable } from './bench/core/table.ts';

type Options = Readonly<{ json?: string; quick: boolean; aged?: true | number }>;

const names = allRows.map(({ name }) => name);
const rowsHelp = allRows.map(({ name, summary }) => `  ${name.padEnd(20)} ${summary}`).join('\n');

const toScale = (text: string): number => {
  const scale = Number(text);
  if (scale > 0 && scale <= 10) return scale;
  throw new InvalidArgumentError('A scale is a number above 0 and at most 10.');
};

program
  .name('npm run bench --')
  .description('Measures Guerdon against named baselines in the same run.')
  .addArgument(new Argument('[row...]', 'rows to measure; all by default').choices(names))
  .option('--json <file>', 'also write the figures as JSON')
  .option(
    '--aged [scale]',
    'rows on a database with 400 days of history, compared with an empty one: 1 is 5 M orders and 2 M events',
    toScale,
  )
  .option(
    '--quick',
    'small sizes, few rounds: shows that the rows work, not how fast they are',
    false,
  )
  .addHelpText('after', `\nRows:\n${rowsHelp}`)
  .parse();

const { json, quick, aged } = program.opts<Options>();
const size = aged === undefined ? undefined : { scale: aged === true ? (quick ? 0.01 : 1) : aged };
const agedNames = allRows.filter(({ measureAged }) => measureAged).map(({ name }) => name);
const all = aged === undefined ? names : agedNames;
const chosen = program.args.length === 0 ? all : program.args;
const ageless = chosen.filter((name) => !all.includes(name));
if (ageless.length > 0)
  program.error(`No aged world: ${ageless.join(', ')}. There is one for ${all.join(', ')}.`);
const machine = describeMachine(quick);
console.log(
  `${machine.cpu}, ${machine.cores} cores, Node ${machine.versions['node']}, ${machine.commit}`,
);

const results = [];
for (const row of allRows.filter(({ name }) => chosen.includes(name))) {
  const result = await runRow(row, { quick, aged: size });
  results.push(result);
  console.log(`\n${toTable(result.figures)}`);
  for (const reason of result.voids) console.log(`void: ${row.name}: ${reason}`);
  if (result.failure) console.log(`failed: ${row.name}: ${result.failure}`);
}

const figures = results.flatMap((result) => result.figures);
const voids = results.flatMap((result) => result.voids);
if (json) await writeFile(json, `${JSON.stringify({ machine, figures, voids }, null, 2)}\n`);

// A missed target is a finding; a wrong result is a defect.
const isSound = results.every(({ failure }) => failure === undefined) && voids.length === 0;
process.exit(isSound ? 0 : 1);
