import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noPublisher } from '#shared/eventing/publisher.ts';
import { readConfig } from '#shared/runtime/config.ts';
import { serveEvents } from '#shared/runtime/events/serve-events.ts';
import { systemClock } from '#shared/runtime/host.ts';
import { changeMerger, mergeByDuck } from '#shared/stores/analytics/change-merger.ts';
import { changeWriter } from '#shared/stores/analytics/change-writer.ts';
import { openDuck } from '#shared/stores/analytics/duck.ts';
import { openFiles } from '#shared/stores/files/open-files.ts';
import { shape } from './config.ts';
import { recordAnalytics } from './handler.ts';

const config = readConfig(shape);
const files = openFiles(config);
const spillFolder = join(tmpdir(), 'duckdb');
// Two of them, so that a merge does not delay changes.
const [writing, merging] = await Promise.all([
  openDuck({ spillFolder, memoryMb: 64 }),
  openDuck({ spillFolder, memoryMb: config.MERGE_MEMORY_MB }),
]);

await serveEvents({
  name: 'record-analytics',
  main: import.meta.main,
  handlers: recordAnalytics({
    writer: changeWriter(files, writing),
    merger: changeMerger(files, mergeByDuck(merging)),
    clock: systemClock,
    batchItemsMax: config.BATCH_ITEMS_MAX,
    fileMsMin: config.FILE_MS_MIN,
    // The rest of the request is for the merge that is in progress when this time is up.
    runMsMax: config.REQUEST_SECONDS * 600,
  }),
  publisher: noPublisher,
  // One file at a time: two at once would be half as large each.
  flushesMax: 1,
  close: [writing.close, merging.close],
});
