/**
 * Imports a file of a tenant's existing customers with the code of match-customer:
 * docs/operations/import.md
 */

import { createHash } from 'node:crypto';
import { appendFile, open, stat, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Command, Option } from 'commander';
import type { Source } from '#shared/domain/matching/profile.ts';
import { kafkaPublisher } from '#shared/eventing/kafka/kafka-publisher.ts';
import { kafkaWriter } from '#shared/eventing/kafka/kafka-writer.ts';
import {
  type BackfillPositions,
  backfillPositions,
} from '#shared/stores/postgres/changes/backfill-positions.ts';
import { connectPostgres } from '#shared/stores/postgres/driver/connect.ts';
import {
  customerRows,
  problemOfColumns,
  throughHandler,
  throughKafka,
} from './import/customer-rows.ts';
import type { RowFile } from './import/file-row.ts';
import { importRows, type RefusedRow } from './import/import-rows.ts';
import { localHandlers } from './import/local-handlers.ts';
import { openFile } from './import/open-file.ts';
import { findAddress, findBrokers } from './platform/addresses.ts';
import { runProgram } from './platform/run-program.ts';

type Options = Readonly<{
  source?: Source;
  tenant?: string;
  to?: 'kafka';
  restart?: true;
  errors?: string;
  withRows?: true;
}>;

/** Not all rows were imported, and repeating does not help. */
const refusedCode = 2;

const progressMs = 5_000;

const importCustomers = async (path: string, options: Options): Promise<void> => {
  const source = options.source ?? sourceOf(path);
  const file = await openFile(path);
  const brokers = await findBrokers();
  const sql = connectPostgres({ url: await findAddress('DATABASE_URL'), max: 4 });
  const writer = kafkaWriter({ brokers, clientId: 'import' });
  const publisher = kafkaPublisher({ brokers, clientId: 'import' });
  const sink =
    options.to === 'kafka'
      ? throughKafka(writer, { source })
      : throughHandler(localHandlers(sql), { source, publisher });
  try {
    const problem = file.columns && problemOfColumns(file.columns);
    if (problem !== undefined) throw new Error(problem);
    const { mtime: changedAt } = await stat(path);
    const take = customerRows({ source, tenantId: options.tenant, changedAt }, sink);
    const run = `import ${options.to ?? 'in process'} ${await identityOf(path, { ...options, source })}`;
    await importFile({ path, file, take, run, positions: backfillPositions(sql) }, options);
  } finally {
    await Promise.all([file.close(), writer.close(), publisher.close(), sql.end()]);
  }
};

type Import = Readonly<{
  path: string;
  file: RowFile;
  take: ReturnType<typeof customerRows>;
  /** Names the run, which continues where one of the same name was interrupted. */
  run: string;
  positions: BackfillPositions;
}>;

const importFile = async (
  { path, file, take, run, positions }: Import,
  { restart, errors = `${path}.errors.ndjson`, withRows }: Options,
): Promise<void> => {
  if (restart) await positions.forget(run);
  const after = Number((await positions.find(run))?.['rows'] ?? 0);
  if (after === 0) await writeFile(errors, '');
  else console.error(`Continues after ${after.toLocaleString('en')} rows`);
  const { rows, refused } = await importRows({
    ...{ file, take, after },
    refuse: (all) => appendFile(errors, all.map((row) => errorLine(row, withRows)).join('')),
    save: (done) => positions.save(run, { rows: done }),
    onProgress: progressLines(after),
  });
  await positions.forget(run);
  const where = refused === 0 ? '' : `: see ${errors}`;
  console.error(
    `${rows.toLocaleString('en')} rows, ${refused.toLocaleString('en')} refused${where}`,
  );
  if (refused > 0) process.exitCode = refusedCode;
};

const sourceOf = (path: string): Source => {
  const named = (['dotnet', 'store'] as const).filter((source) => basename(path).includes(source));
  if (named.length === 1 && named[0]) return named[0];
  throw new Error('Give the source of the records: --source store or --source dotnet');
};

/** A changed file counts as another one. */
const identityOf = async (path: string, { source, tenant }: Options): Promise<string> => {
  const { size, mtimeMs } = await stat(path);
  const handle = await open(path);
  try {
    const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(65_536) });
    return createHash('sha256')
      .update(JSON.stringify([source, tenant, size, mtimeMs]))
      .update(buffer.subarray(0, bytesRead))
      .digest('hex');
  } finally {
    await handle.close();
  }
};

const errorLine = ({ line, reason, fields }: RefusedRow, withRows?: true): string =>
  `${JSON.stringify({ line, reason, ...(withRows && { row: fields }) })}\n`;

const progressLines = (after: number) => {
  const startedAt = performance.now();
  let printedAt = startedAt;
  return ({ rows, refused }: Readonly<{ rows: number; refused: number }>): void => {
    const now = performance.now();
    if (now - printedAt < progressMs) return;
    printedAt = now;
    const perSecond = Math.round(((rows - after) * 1_000) / (now - startedAt));
    const [done, rate] = [rows, perSecond].map((count) => count.toLocaleString('en'));
    console.error(`${done} rows, ${rate} a second, ${refused} refused`);
  };
};

const program = new Command('npm run import --').description('Imports files');
program
  .command('customers <file>')
  .description(
    'Imports records of customers from .csv, .ndjson or .parquet. If it is interrupted, run the same command again to continue; it is safe to repeat.',
  )
  .addOption(
    new Option(
      '--source <source>',
      'the source of the records; by default taken from the name of the file',
    ).choices(['store', 'dotnet']),
  )
  .option('--tenant <tenant>', 'the tenant of the records, which overrides the rows')
  .addOption(
    new Option(
      '--to <kafka>',
      'publish them to the topic of the source instead of matching them',
    ).choices(['kafka']),
  )
  .option('--restart', 'begin at the first row, even if an earlier run was interrupted')
  .option('--errors <file>', 'the file for refused rows; by default FILE.errors.ndjson')
  .option('--with-rows', 'list refused rows with their content, which is personal data')
  .addHelpText(
    'after',
    '\nExit codes: 0 all rows are imported, 2 some were refused, 1 it was interrupted: run it again.',
  )
  .action(importCustomers);

await runProgram(program);
