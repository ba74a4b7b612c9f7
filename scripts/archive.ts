/** Lists the files of archived records, and puts records back into the database. */

import { Command } from 'commander';
import { archiveFolder } from '#shared/stores/files/archive-folder.ts';
import { restorePartition } from '#shared/stores/postgres/archive/restore-partition.ts';
import { runProgram } from './platform/run-program.ts';
import { withDatabase } from './platform/with-sql.ts';

type Options = Readonly<{ folder: string }>;

const list = async ({ folder }: Options): Promise<void> => {
  const files = archiveFolder(folder);
  for (const file of await files.list()) {
    const { startsAt, endsAt, tenantId, rows } = await files.manifest(file);
    const from = startsAt === null ? 'the beginning' : startsAt.slice(0, 10);
    console.log(`${file}: ${rows} records of ${tenantId}, from ${from} to ${endsAt.slice(0, 10)}`);
  }
};

const restore = (file: string, { folder }: Options): Promise<void> =>
  withDatabase(async (sql) => {
    const { partition, tenantId, rows } = await restorePartition(sql, archiveFolder(folder), file);
    console.log(`Restored ${rows} records of ${tenantId} to ${partition}, for at least 30 days`);
  });

const program = new Command('npm run archive --').description(
  'Shows archived records and restores them',
);
const folder = ['--folder <folder>', 'the folder of the archive'] as const;
program
  .command('list')
  .description('print each file with its contents')
  .requiredOption(...folder)
  .action(list);
program
  .command('restore <file>')
  .description(
    'restore the records of a file, together with the other files of its tenant and partition',
  )
  .requiredOption(...folder)
  .action(restore);
await runProgram(program);
