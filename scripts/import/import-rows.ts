import { inBatches } from '../platform/in-batches.ts';
import type { FileRow, RowFile } from './file-row.ts';

type Fields = Readonly<Record<string, unknown>>;

/** A row that was not imported. The reason contains no value. */
export type RefusedRow = Readonly<{ line: number; reason: string; fields: Fields | undefined }>;

/** The position of an import, in rows from the beginning of the file. */
export type ImportProgress = Readonly<{ rows: number; refused: number }>;

type Options = Readonly<{
  file: Pick<RowFile, 'rows'>;
  /**
   * Imports rows, and returns for each why it was refused; undefined where it was not. Repeating is
   * safe.
   * @throws Error when rows could not be imported for now
   */
  take: (rows: readonly Fields[]) => Promise<readonly (string | undefined)[]>;
  /** Rows that are imported already. */
  after: number;
  /** Called with rows that were refused, before the place after them is saved. */
  refuse: (rows: readonly RefusedRow[]) => Promise<void>;
  /** Records that all rows so far are imported or refused. */
  save: (rows: number) => Promise<void>;
  onProgress?: (progress: ImportProgress) => void;
  /** Rows of a batch. */
  batchRows?: number;
}>;

/** Batches at once: one is prepared while another is committed. */
const batchesMax = 2;

/**
 * Imports the rows of a file in batches. Places are saved in the order of the file, so after a
 * crash the rows after the last one are imported again, and none is left out. At most these batches
 * of the file are in memory.
 */
export const importRows = async ({
  file,
  take,
  after,
  refuse,
  save,
  onProgress = () => undefined,
  batchRows = 1_000,
}: Options): Promise<ImportProgress> => {
  let progress: ImportProgress = { rows: after, refused: 0 };

  const settle = async (
    batch: readonly FileRow[],
    reasons: readonly (string | undefined)[],
  ): Promise<void> => {
    const refused = refusedOf(batch, reasons);
    if (refused.length > 0) await refuse(refused);
    progress = {
      rows: progress.rows + batch.length,
      refused: progress.refused + refused.length,
    };
    await save(progress.rows);
    onProgress(progress);
  };

  const running: Promise<void>[] = [];
  for await (const batch of inBatches(file.rows(after), batchRows)) {
    const before = running.at(-1);
    const taken = take(batch.flatMap((row) => ('fields' in row ? [row.fields] : [])));
    const settled = Promise.all([taken, before]).then(([reasons]) => settle(batch, reasons));
    // It is awaited below: a batch that fails meanwhile is not unhandled.
    settled.catch(() => undefined);
    running.push(settled);
    if (running.length >= batchesMax) await running.shift();
  }
  await Promise.all(running);
  return progress;
};

const refusedOf = (
  batch: readonly FileRow[],
  reasons: readonly (string | undefined)[],
): readonly RefusedRow[] => {
  const left = reasons.values();
  return batch.flatMap((row): readonly RefusedRow[] => {
    if ('problem' in row) return [{ line: row.line, reason: row.problem, fields: undefined }];
    const reason = left.next().value;
    return reason === undefined ? [] : [{ line: row.line, reason, fields: row.fields }];
  });
};
