/** A file and its size. */
export type StoredFile = Readonly<{ name: string; bytes: number }>;

/**
 * Files by name, with `/` between folders, in a folder or in an object store. Every method throws
 * Unavailable when the store does not work; repeating is safe.
 */
export type FileStore = Readonly<{
  /**
   * The files whose names begin with a folder's, as one pass in the order of folders finds them.
   * Where a file is replaced by another one in a later folder, which is written first, a pass finds
   * at least one of them.
   */
  list: (folder: string) => Promise<readonly StoredFile[]>;
  /**
   * Writes a file in place of one with the same name: `fill` makes it at a path of this machine.
   * When it resolves, the file is durable; until then no part of it is visible. Returns its size in
   * bytes.
   */
  write: (name: string, fill: (path: string) => Promise<void>) => Promise<number>;
  /**
   * Where this machine can read a file, until `release` is called; undefined where there is none.
   */
  read: (
    name: string,
  ) => Promise<Readonly<{ path: string; release: () => Promise<void> }> | undefined>;
  /** Removes files, also where some do not exist. */
  remove: (names: readonly string[]) => Promise<void>;
}>;
