import { extname } from 'node:path';
import type { RowFile } from './file-row.ts';
import { csvFile } from './read-csv.ts';
import { ndjsonFile } from './read-ndjson.ts';

/**
 * Opens a file of rows by its extension: `.csv`, `.ndjson` or `.parquet`.
 * @throws Error for another one, or a file that cannot be read.
 */
export const openFile = async (path: string): Promise<RowFile> => {
  const kind = extname(path).toLowerCase();
  if (kind === '.csv') return csvFile(path);
  if (kind === '.ndjson') return ndjsonFile(path);
  if (kind !== '.parquet')
    throw new Error(`Files are .csv, .ndjson or .parquet, not ${kind || 'without extension'}`);
  // DuckDB is an optional dependency.
  const { parquetFile } = await import('./read-parquet.ts');
  return parquetFile(path);
};
