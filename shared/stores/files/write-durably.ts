import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Writes a file under a temporary name, flushes it to the disk and renames it: it exists completely
 * or not at all, even after a power failure. Concurrent writes are safe; the last one stays.
 */
export const writeDurably = <Result>(
  path: string,
  write: (target: FileHandle) => Promise<Result>,
): Promise<Result> => fillDurably(path, (partial) => withFile(partial, 'wx', write));

/** As `writeDurably`, for what opens files by itself: `fill` makes one at the path given. */
export const fillDurably = async <Result>(
  path: string,
  fill: (partial: string) => Promise<Result>,
): Promise<Result> => {
  const partial = `${path}.${randomUUID()}.partial`;
  try {
    const result = await fill(partial);
    await withFile(partial, 'r', (target) => target.sync());
    await rename(partial, path);
    await withFile(dirname(path), 'r', (folder) => folder.sync());
    return result;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
};

const withFile = async <Result>(
  path: string,
  flags: string,
  work: (file: FileHandle) => Promise<Result>,
): Promise<Result> => {
  const file = await open(path, flags);
  try {
    return await work(file);
  } finally {
    await file.close();
  }
};
