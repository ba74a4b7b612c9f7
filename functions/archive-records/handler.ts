import { Unavailable } from '#shared/domain/errors.ts';
import { ArchiveTick } from '#shared/eventing/contracts/ticks.ts';
import { type EventHandler, on } from '#shared/runtime/events/event-handler.ts';
import type { Clock } from '#shared/runtime/host.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { overAfter } from '#shared/runtime/over-after.ts';
import type { RecordArchive } from '#shared/stores/postgres/archive/record-archive.ts';
import { archivedTotal, partitionsEndAt, partitionsLeft, ranAt } from './metrics.ts';

type Dependencies = Readonly<{
  archive: RecordArchive;
  /** Does the work unless another run is in progress. */
  exclusively: (work: () => Promise<void>) => Promise<unknown>;
  clock: Clock;
  /** How long a run may take; the next one continues where it stopped. */
  runMsMax: number;
  log: Logger;
}>;

/**
 * Creates partitions for the months ahead and archives those past their retention, one run at a
 * time. The next run continues one that was killed or ran out of time, and nothing is dropped
 * before its files are durable. If a partition fails, the others are still archived, and the event
 * is retried.
 */
export const archiveRecords = ({
  archive,
  exclusively,
  clock,
  runMsMax,
  log,
}: Dependencies): EventHandler[] => {
  const run = async (): Promise<void> => {
    const now = clock();
    const isOver = overAfter(runMsMax, clock);
    for (const { table, until } of await archive.createAhead())
      partitionsEndAt.set({ table }, until.getTime() / 1000);
    const failures: unknown[] = [];
    await archive.detachDue(now, isOver);
    for (const partition of await archive.detached()) {
      if (isOver()) break;
      try {
        const { outcome, rows } = await archive.archive(partition, isOver);
        archivedTotal.inc({ table: partition.table }, rows);
        log.info({ ...partition, outcome, rows }, 'archived');
      } catch (error) {
        log.error({ ...partition, err: error }, 'could not archive a partition');
        failures.push(error);
      }
    }
    partitionsLeft.set((await archive.detached()).length);
    if (failures.length > 0) throw failures[0];
    ranAt.setToCurrentTime();
  };

  return [
    on(ArchiveTick, async () => {
      if ((await exclusively(run)) === 'busy')
        throw new Unavailable('self', 'Another run is archiving');
      return [];
    }),
  ];
};
