import { setTimeout as sleep } from 'node:timers/promises';
import { IncentiveChanged } from '#shared/eventing/contracts/incentive-changes.ts';
import { AnalyticsTick } from '#shared/eventing/contracts/ticks.ts';
import { type EventHandler, on, onBatch } from '#shared/runtime/events/event-handler.ts';
import type { Clock } from '#shared/runtime/host.ts';
import { overAfter } from '#shared/runtime/over-after.ts';
import type { ChangeMerger } from '#shared/stores/analytics/change-merger.ts';
import type { ChangeWriter } from '#shared/stores/analytics/change-writer.ts';
import { changeRowsOf } from './change-rows-of.ts';
import {
  bytesTotal,
  filesTotal,
  lagSeconds,
  mergedAt,
  newestChangeAt,
  rowsTotal,
} from './metrics.ts';

type Dependencies = Readonly<{
  writer: ChangeWriter;
  merger: ChangeMerger;
  clock: Clock;
  batchItemsMax: number;
  /** The least time for one file, in milliseconds; what arrives meanwhile is in the next one. */
  fileMsMin: number;
  /** How long a run of merges may take; the next one continues where it stopped. */
  runMsMax: number;
}>;

/**
 * Writes every change of an incentive to a file before it is acknowledged, and merges small files.
 * A change that is delivered twice may be in two files; readers and merges count it once, by its
 * position in the WAL and its incentive. docs/decisions/0050-analytics.md
 */
export const recordAnalytics = ({
  writer,
  merger,
  clock,
  batchItemsMax: itemsMax,
  fileMsMin,
  runMsMax,
}: Dependencies): readonly EventHandler[] => [
  onBatch(IncentiveChanged, { itemsMax }, async (deliveries) => {
    const paced = sleep(fileMsMin);
    const written = await writer.write(deliveries.flatMap(({ data }) => changeRowsOf(data)));
    rowsTotal.inc(written.rows);
    filesTotal.inc({ outcome: 'written' }, written.files);
    bytesTotal.inc(written.bytes);
    if (written.newestAt !== undefined) {
      newestChangeAt.set(written.newestAt.getTime() / 1000);
      lagSeconds.set((clock().getTime() - written.newestAt.getTime()) / 1000);
    }
    await paced;
    return deliveries.map(() => ({ kind: 'done', domainEvents: [] }));
  }),
  on(AnalyticsTick, async () => {
    const now = clock();
    const isOver = overAfter(runMsMax, clock);
    for (const merge of await merger.plan(now.toISOString().slice(0, 10))) {
      if (isOver()) return [];
      const outcome = await merger.merge(merge);
      if (outcome === 'merged') filesTotal.inc({ outcome }, merge.inputs.length);
    }
    mergedAt.setToCurrentTime();
    return [];
  }),
];
