/** Queries, merges and cleans the files that record-analytics writes. */

import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { readConfig } from '#shared/runtime/config.ts';
import { changeMerger, mergeByDuck } from '#shared/stores/analytics/change-merger.ts';
import { changeReader } from '#shared/stores/analytics/change-reader.ts';
import { type Duck, openDuck } from '#shared/stores/analytics/duck.ts';
import { forgetUser } from '#shared/stores/analytics/forget-user.ts';
import type { FileStore } from '#shared/stores/files/file-store.ts';
import { locationShape, openFiles } from '#shared/stores/files/open-files.ts';
import { questionsOf, type Scope } from './analytics/questions.ts';
import { textTable } from './analytics/text-table.ts';
import { positive } from './platform/options.ts';
import { runProgram } from './platform/run-program.ts';

type Place = Readonly<{ location?: string }>;
type Options = Place & Scope & Readonly<{ sql?: string }>;

/** The platform of `npm run dev` keeps its files there. */
const developmentFolder = resolve(import.meta.dirname, '../.guerdon/dev/analytics');

const day = (text: string): string => {
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError('It must be a day such as 2026-11-21.');
};

const open = async <Result>(
  { location }: Place,
  work: (files: FileStore, duck: Duck) => Promise<Result>,
): Promise<Result> => {
  const named = location ?? process.env['ANALYTICS_LOCATION'] ?? developmentFolder;
  const place = named.startsWith('s3://') ? named : resolve(named);
  const files = openFiles(readConfig(locationShape, { ...process.env, ANALYTICS_LOCATION: place }));
  const duck = await openDuck({
    threads: 2,
    memoryMb: 1024,
    spillFolder: join(tmpdir(), 'guerdon-duckdb'),
  });
  try {
    return await work(files, duck);
  } finally {
    await duck.close();
  }
};

const answer = ({ sql, ...options }: Options): Promise<void> =>
  open(options, async (files, duck) => {
    const questions = sql === undefined ? questionsOf(options) : [{ title: '', sql }];
    const answers = await changeReader(files, duck).query(questions.map((each) => each.sql));
    if (answers === undefined)
      throw new Error('There are no files of changes yet; record-analytics writes them');
    for (const [index, rows] of answers.entries()) {
      const title = questions[index]?.title ?? '';
      console.log(title === '' ? textTable(rows) : `${title}\n\n${textTable(rows)}\n`);
    }
  });

const merge = (options: Place): Promise<void> =>
  open(options, async (files, duck) => {
    const merger = changeMerger(files, mergeByDuck(duck));
    const today = new Date().toISOString().slice(0, 10);
    for (const each of await merger.plan(today))
      console.log(`${each.day}: ${each.inputs.length} files, ${await merger.merge(each)}`);
  });

const forget = (tenantId: string, userId: string, options: Place): Promise<void> =>
  open(options, async (files, duck) => {
    const merger = changeMerger(files, mergeByDuck(duck));
    const rewritten = await forgetUser({ files, duck, merger }, { tenantId, userId });
    console.log(`Removed ${userId} of ${tenantId} from ${rewritten} files`);
  });

const location = [
  '--location <place>',
  'a folder, or s3://bucket/prefix with S3_… in the environment; ANALYTICS_LOCATION by default',
] as const;
const program = new Command('npm run analytics --').description(
  'Queries the files of record-analytics',
);
program
  .command('ask', { isDefault: true })
  .description('print spend, outcomes, latencies and hot ratio, or the result of your own query')
  .option(...location)
  .option('--tenant <tenant>', 'only this tenant')
  .option('--from <day>', 'from this local day of the tenant', day)
  .option('--to <day>', 'up to this local day of the tenant', day)
  .option('--hot <count>', 'qualifications in ten minutes that make a campaign hot', positive)
  .option('--sql <query>', 'a query over the views `incentives` and `changes`, in SQL of DuckDB')
  .action(answer);
program
  .command('merge')
  .description('merge small files, as the tick does')
  .option(...location)
  .action(merge);
program
  .command('forget <tenant> <user>')
  .description('remove a user from every file permanently')
  .option(...location)
  .action(forget);
await runProgram(program);
