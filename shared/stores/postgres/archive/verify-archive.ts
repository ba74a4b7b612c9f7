import type { ArchiveFiles } from '#shared/stores/files/archive-files.ts';
import type { Sql } from '../driver/connect.ts';

/** The defects of an archive's files, and how many files and records were read. */
export type ArchiveAudit = Readonly<{
  files: number;
  rows: number;
  wrong: readonly Readonly<{ file: string; problem: string }>[];
}>;

/**
 * Reads every file of an archive and compares it with its manifest and with what the database
 * recorded when it was written, which cannot be changed together with the files. Files that the
 * database does not know were restored, or are another database's.
 */
export const verifyArchive = async (sql: Sql, files: ArchiveFiles): Promise<ArchiveAudit> => {
  const noted = await sql<
    { file: string; sha256: string }[]
  >`select file, sha256 from archive_files`;
  const digests = new Map(noted.map(({ file, sha256 }) => [file, sha256]));
  const found = new Set(await files.list());
  const wrong: { file: string; problem: string }[] = [];
  let rows = 0;
  for (const file of new Set([...found, ...digests.keys()])) {
    try {
      const known = { isThere: found.has(file), noted: digests.get(file) };
      rows += await readWhole(files, file, known);
    } catch (error) {
      wrong.push({ file, problem: error instanceof Error ? error.message : String(error) });
    }
  }
  return { files: found.size, rows, wrong };
};

/** Returns how many records a file has. @throws Error when it is not as it was written */
const readWhole = async (
  files: ArchiveFiles,
  file: string,
  { isThere, noted }: Readonly<{ isThere: boolean; noted: string | undefined }>,
): Promise<number> => {
  if (!isThere) throw new Error('it is missing');
  const manifest = await files.manifest(file);
  const sha256 = await files.digest(file);
  if (sha256 !== manifest.sha256) throw new Error('it does not match its manifest');
  if (noted !== undefined && noted !== sha256) throw new Error('it is not as it was written');
  const count = await countLines(files.lines(file), manifest.tenantId);
  if (count !== manifest.rows)
    throw new Error(`it has ${count} records in place of ${manifest.rows}`);
  return count;
};

/** @throws Error when a line is no record of the tenant */
const countLines = async (lines: AsyncIterable<string>, tenantId: string): Promise<number> => {
  let count = 0;
  for await (const line of lines) {
    count += 1;
    const record = JSON.parse(line) as { tenant_id?: unknown };
    if (record.tenant_id !== tenantId) throw new Error(`record ${count} is not of ${tenantId}`);
  }
  return count;
};
