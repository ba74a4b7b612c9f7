import { slices } from '#shared/domain/slices.ts';
import type { FileStore } from '../files/file-store.ts';

type Fetched = NonNullable<Awaited<ReturnType<FileStore['read']>>>;

/** Files that are fetched at once. */
const readsMax = 16;

/**
 * Works with files at paths of this machine. Files that are gone are left out; what was fetched is
 * released afterwards.
 */
export const withFiles = async <Result>(
  files: FileStore,
  names: readonly string[],
  work: (paths: readonly string[]) => Promise<Result>,
): Promise<Result> => {
  const fetched: Fetched[] = [];
  try {
    for (const some of slices(names, readsMax)) fetched.push(...(await fetchAll(files, some)));
    return await work(fetched.map(({ path }) => path));
  } finally {
    await releaseAll(fetched);
  }
};

/** Fetches all that exist, or none: one that fails leaves no copy of the others behind. */
const fetchAll = async (
  files: FileStore,
  names: readonly string[],
): Promise<readonly Fetched[]> => {
  const reads = await Promise.allSettled(names.map((name) => files.read(name)));
  const found = reads.flatMap((read) => (read.status === 'fulfilled' ? (read.value ?? []) : []));
  const failed = reads.find((read) => read.status === 'rejected');
  if (failed === undefined) return found;
  await releaseAll(found);
  throw failed.reason;
};

const releaseAll = async (fetched: readonly Fetched[]): Promise<void> => {
  await Promise.all(fetched.map(({ release }) => release()));
};
