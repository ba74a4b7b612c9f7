import { randomUUID } from 'node:crypto';
import { changeFileName } from '#shared/domain/analytics/change-file.ts';
import { type Merge, planMerges } from '#shared/domain/analytics/plan-merges.ts';
import type { FileStore } from '../files/file-store.ts';
import { changeRows, distinctChanges, literal } from './change-source.ts';
import type { Duck } from './duck.ts';
import { listChanges, listForgotten } from './list-changes.ts';
import { withFiles } from './with-files.ts';

/** Writes the rows of some files to another one. */
export type MergeFiles = (
  inputs: readonly string[],
  output: string,
  forgotten: readonly string[],
) => Promise<void>;

/** The outcome of a merge; `stale`: another merge took an input, or a user was just forgotten. */
type MergeOutcome = 'merged' | 'stale';

/** Merges small files of changes into larger ones. */
export type ChangeMerger = Readonly<{
  /** The merges that are due. `today` is a UTC day. */
  plan: (today: string) => Promise<readonly Merge[]>;
  /**
   * Replaces several files with one. The output is durable before the first input is removed, so
   * each change is always in at least one of them, whatever dies and however many merge at once.
   */
  merge: (merge: Merge) => Promise<MergeOutcome>;
}>;

/** Merges files in a store. */
export const changeMerger = (files: FileStore, mergeFiles: MergeFiles): ChangeMerger => ({
  plan: async (today) => planMerges(await listChanges(files), today),
  merge: ({ day, level, inputs }) =>
    withFiles(files, inputs, async (paths) => {
      if (paths.length < inputs.length) return 'stale';
      const known = await listForgotten(files);
      // A unique name: no other merge relies on this file while it may still be removed.
      const output = changeFileName(day, level, randomUUID());
      await files.write(output, (path) => mergeFiles(paths, path, known));
      // Forgetting a user looks for files after the mark is written: it finds a file that was
      // written before the mark, and this merge removes a file that it wrote after it.
      if ((await listForgotten(files)).length > known.length) {
        await files.remove([output]);
        return 'stale';
      }
      await files.remove(inputs);
      return 'merged';
    }),
});

/**
 * Merges with DuckDB: each change once, in an order that lets readers of one tenant skip the rest.
 */
export const mergeByDuck =
  (duck: Duck): MergeFiles =>
  (inputs, output, forgotten) =>
    duck.run(`
      copy (from ${distinctChanges(changeRows(inputs, forgotten))} order by tenant_id, campaign_id, lsn)
      to ${literal(output)} (format parquet, compression zstd)`);
