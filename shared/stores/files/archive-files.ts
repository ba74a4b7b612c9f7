/** Which records a file of an archive has. */
export type ArchiveFile = Readonly<{
  table: string;
  /** The partition that they were in: its name has the month. */
  partition: string;
  tenantId: string;
  /** A tenant's records of a partition are in one or more files, numbered from 1. */
  part: number;
  /**
   * Records are from this instant until before `endsAt`, in ISO 8601; null where they are of any
   * time before it.
   */
  startsAt: string | null;
  endsAt: string;
  /** The last migration of the database that they come from. */
  schemaVersion: string;
}>;

/** The manifest of a file, stored as a separate file. */
export type ArchiveManifest = ArchiveFile &
  Readonly<{
    format: 1;
    rows: number;
    /** SHA-256 of the compressed file, in hexadecimal. */
    sha256: string;
  }>;

/**
 * The store of archives. A file has one JSON object per line, compressed with gzip. Every method
 * throws Unavailable when the store does not work; repeating is safe.
 */
export type ArchiveFiles = Readonly<{
  /** Writes a small file and removes it: throws when nothing can be written. */
  probe: () => Promise<void>;
  /**
   * Writes records, each a line of JSON, and their manifest, in place of a file with the same
   * records. When it resolves both are durable; when it throws, an earlier file is as it was.
   */
  write: (
    description: ArchiveFile,
    lines: AsyncIterable<string>,
  ) => Promise<Readonly<{ file: string; manifest: ArchiveManifest }>>;
  manifest: (file: string) => Promise<ArchiveManifest>;
  /** SHA-256 of a file as it is now, in hexadecimal; undefined where there is none. */
  digest: (file: string) => Promise<string | undefined>;
  /** The records of a file, as they were written. @throws Error when the file is damaged */
  lines: (file: string) => AsyncIterable<string>;
  /** All files that have a manifest. */
  list: () => Promise<readonly string[]>;
}>;
