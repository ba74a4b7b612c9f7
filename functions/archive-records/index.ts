import { noPublisher } from '#shared/eventing/publisher.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { createLogger } from '#shared/runtime/log.ts';
import { archiveFolder } from '#shared/stores/files/archive-folder.ts';
import { recordArchive } from '#shared/stores/postgres/archive/record-archive.ts';
import { closePostgres, connectPool } from '#shared/stores/postgres/driver/connect-pool.ts';
import { exclusively } from '#shared/stores/postgres/driver/exclusively.ts';
import { shape } from './config.ts';
import { archiveRecords } from './handler.ts';

const name = 'archive-records';
const config = readConfig(shape);
const sql = connectPool(config);
const folder = config.ARCHIVE_FOLDER;

await serveEvents({
  name,
  main: import.meta.main,
  handlers: archiveRecords({
    archive: recordArchive(sql, { files: folder === '' ? undefined : archiveFolder(folder) }),
    exclusively: (work) => exclusively(sql, name, work),
    clock: systemClock,
    // The rest of the request is for the file that is being written when this time is over.
    runMsMax: config.REQUEST_SECONDS * 600,
    log: createLogger(name),
  }),
  publisher: noPublisher,
  close: [() => closePostgres(sql)],
});
