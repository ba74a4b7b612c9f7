import type { ChangeFile } from './change-file.ts';

/** Files of one day that become one file. */
export type Merge = Readonly<{ day: string; level: number; inputs: readonly string[] }>;

/** Bounds of merging. */
export type MergeBounds = Readonly<{
  /** A merge reads at most this much, so that its time and memory are bounded. */
  bytesMax: number;
  /** A day that is not over is merged once it has this many files smaller than `bytesMax` / 4. */
  filesMin: number;
}>;

/** 64 MiB are some 1.5 million changes: seconds of one processor. */
export const mergeBounds: MergeBounds = { bytesMax: 64 * 1024 * 1024, filesMin: 16 };

/**
 * Which files to merge, oldest day first. Files of more than a quarter of `bytesMax` stay as they
 * are. The others of a day are merged, smallest first, in groups of at most `bytesMax`; on the
 * current day only when there are many, so that not every run rewrites a change. A change that was
 * written twice may stay in two files; readers remove duplicates.
 */
export const planMerges = (
  files: readonly ChangeFile[],
  today: string,
  { bytesMax, filesMin }: MergeBounds = mergeBounds,
): readonly Merge[] =>
  Array.from(Map.groupBy(files, ({ day }) => day))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([day, own]) => {
      const small = own.filter(({ bytes }) => bytes <= bytesMax / 4);
      const enough = day < today ? 2 : filesMin;
      const merges = small.length < enough ? [] : mergesOf(day, small, bytesMax);
      return merges.filter(({ inputs }) => inputs.length > 1);
    });

/** Merges of all the files given, in groups of at most `bytesMax` unless one file is larger. */
export const mergesOf = (
  day: string,
  files: readonly ChangeFile[],
  bytesMax: number,
): readonly Merge[] => {
  const groups: ChangeFile[][] = [];
  let room = 0;
  for (const file of files.toSorted((a, b) => a.bytes - b.bytes)) {
    if (file.bytes > room) {
      groups.push([]);
      room = bytesMax;
    }
    groups.at(-1)?.push(file);
    room -= file.bytes;
  }
  return groups.map((group) => ({
    day,
    level: Math.max(...group.map(({ level }) => level)) + 1,
    inputs: group.map(({ name }) => name),
  }));
};
