/**
 * Prints which of our TypeScript files run for one delivery of each kind, as V8 counts their calls.
 */
import { resolve } from 'node:path';
import { migrate } from '#shared/stores/postgres/schema/migrate.ts';
import { countFiles, filesMax } from './count-files/count-files.ts';
import { startServices } from './services/start-services.ts';
import { terminalReport } from './services/terminal-report.ts';

const directory = resolve(import.meta.dirname, '../.guerdon/count-files');
const services = await startServices({
  directory,
  need: ['postgres', 'redis', 'kafka'],
  report: terminalReport(),
  temporary: true,
});
try {
  await migrate(services.postgres.url);
  const counted = await countFiles({
    directory,
    databaseUrl: services.postgres.url,
    redisUrl: services.redis.url,
    brokers: services.kafka.url.split(','),
  });
  for (const [delivered, files] of Object.entries(counted)) {
    const max = filesMax[delivered as keyof typeof filesMax];
    console.log([`${delivered}: ${files.length} files, at most ${max}`, ...files].join('\n  '));
  }
} finally {
  await services.stop();
}
