/**
 * A file of changes, by its name
 * `changes/changed_on=<UTC day>/<level>/<anything>.parquet`. record-analytics writes level 0; a
 * merge writes one level above the highest of its inputs, so its output comes after them in the
 * order of names. docs/decisions/0050-analytics.md
 */
export type ChangeFile = Readonly<{ name: string; bytes: number; day: string; level: number }>;

/** The folder of files of changes. */
export const changesFolder = 'changes/';

const pattern = /^changes\/changed_on=(\d{4}-\d{2}-\d{2})\/(\d{6})\/[^/]+\.parquet$/;

/** Names a file: the last part has to differ from that of every other file with other rows. */
export const changeFileName = (day: string, level: number, last: string): string =>
  `${changesFolder}changed_on=${day}/${String(level).padStart(6, '0')}/${last}.parquet`;

/** Reads a name; undefined where it is no file of changes. */
export const changeFileOf = (file: Readonly<{ name: string; bytes: number }>) => {
  const [, day, level] = pattern.exec(file.name) ?? [];
  if (day === undefined || level === undefined) return undefined;
  return { ...file, day, level: Number(level) } satisfies ChangeFile;
};
