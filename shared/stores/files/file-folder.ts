import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asUnavailable } from './as-unavailable.ts';
import type { FileStore, StoredFile } from './file-store.ts';
import { unlessAbsent } from './unless-absent.ts';
import { fillDurably } from './write-durably.ts';

/**
 * Files in a folder, such as a mounted volume. The folder itself is not created: a volume that is
 * not mounted must not look like an empty one.
 */
export const fileFolder = (root: string): FileStore => {
  const pathOf = (name: string) => join(root, name);
  const inRoot = <Result>(work: () => Promise<Result>): Promise<Result> =>
    asUnavailable(`The folder ${root}`, async () => {
      await stat(root);
      return work();
    });

  return {
    list: (folder) => inRoot(() => walk(root, folder)),
    write: (name, fill) =>
      inRoot(async () => {
        const path = pathOf(name);
        await mkdir(dirname(path), { recursive: true });
        return fillDurably(path, async (partial) => {
          await fill(partial);
          return (await stat(partial)).size;
        });
      }),
    read: (name) =>
      inRoot(async () => {
        const path = pathOf(name);
        const [found] = await unlessAbsent(sizeOf(root, name), []);
        return found && { path, release: () => Promise.resolve() };
      }),
    remove: (names) =>
      inRoot(async () => {
        for (const name of names) await rm(pathOf(name), { force: true });
      }),
  };
};

/**
 * The files below a folder. It is read again after its entries: a file that was replaced while they
 * were read is in an entry that may be new.
 */
const walk = async (root: string, folder: string): Promise<readonly StoredFile[]> => {
  const seen = new Set<string>();
  const found: StoredFile[] = [];
  for (;;) {
    const entries = await unlessAbsent(readdir(join(root, folder), { withFileTypes: true }), []);
    const unseen = entries.filter(({ name }) => !seen.has(name) && !name.endsWith('.partial'));
    if (unseen.length === 0) return found;
    for (const entry of unseen.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      seen.add(entry.name);
      const name = folder + entry.name;
      // What is gone was removed since it was listed.
      const below = entry.isDirectory() ? walk(root, `${name}/`) : sizeOf(root, name);
      found.push(...(await unlessAbsent(below, [])));
    }
  }
};

const sizeOf = async (root: string, name: string): Promise<readonly StoredFile[]> => [
  { name, bytes: (await stat(join(root, name))).size },
];
