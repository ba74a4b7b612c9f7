import { createHash } from 'node:crypto';
import { changeFileName } from '#shared/domain/analytics/change-file.ts';
import type { FileStore } from '../files/file-store.ts';
import { type ChangeRow, changeColumns, changeKey } from './change-row.ts';
import { literal } from './change-source.ts';
import type { Duck } from './duck.ts';

/** The result of writing. */
type Written = Readonly<{
  files: number;
  rows: number;
  bytes: number;
  /** When the newest of the changes was committed. */
  newestAt: Date | undefined;
}>;

/** Writes changes to files. */
export type ChangeWriter = Readonly<{
  /**
   * Resolves once every change is in a durable file. A file is named after its changes, so writing
   * the same ones again changes nothing; written with others they are in two files, and readers
   * take one of them.
   * @throws Unavailable when the files cannot be written
   */
  write: (rows: readonly ChangeRow[]) => Promise<Written>;
}>;

/** Writes files of changes, one for each UTC day on which some happened. */
export const changeWriter = (files: FileStore, duck: Duck): ChangeWriter => ({
  write: async (rows) => {
    const distinct = [...new Map(rows.map((row) => [changeKey(row), row])).values()];
    const days = Map.groupBy(distinct, ({ changed_at: at }) => at.slice(0, 10));
    let bytes = 0;
    for (const [day, changes] of days) {
      const digest = createHash('sha256').update(changes.map(changeKey).toSorted().join('\n'));
      bytes += await files.write(changeFileName(day, 0, digest.digest('hex')), (path) =>
        duck.run(copyTo(path), [JSON.stringify(changes)]),
      );
    }
    const newest = distinct
      .map(({ changed_at: at }) => at)
      .toSorted()
      .at(-1);
    const newestAt = newest === undefined ? undefined : new Date(newest);
    return { files: days.size, rows: distinct.length, bytes, newestAt };
  },
});

const structure = literal(JSON.stringify([changeColumns]));

const copyTo = (path: string): string => `
  copy (select unnest(from_json($1, ${structure}), recursive := true))
  to ${literal(path)} (format parquet, compression zstd)`;
