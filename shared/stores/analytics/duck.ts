import { DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { Unavailable } from '#shared/domain/errors.ts';

/** Rows as text, by column. */
export type DuckRows = Readonly<{
  columns: readonly string[];
  rows: readonly (readonly (string | null)[])[];
}>;

/** DuckDB in this process, without a database of its own: it reads and writes files. */
export type Duck = Readonly<{
  /** Runs a statement. @throws Unavailable when a file or memory cannot be used */
  run: (sql: string, values?: DuckDBValue[]) => Promise<void>;
  /** Runs a query and formats its rows as DuckDB's client does. @throws as `run` */
  query: (sql: string, values?: DuckDBValue[]) => Promise<DuckRows>;
  /** The rows of a query as `query` formats them, some thousand in memory. @throws as `run` */
  stream: (sql: string, values?: DuckDBValue[]) => AsyncIterable<DuckRows['rows'][number]>;
  close: () => Promise<void>;
}>;

type Options = Readonly<{
  /** Threads besides the event loop's. */
  threads?: number;
  /** The memory that sorting may use before it spills to files. */
  memoryMb?: number;
  /** Where it spills to. */
  spillFolder: string;
}>;

/** Opens DuckDB. It installs and loads no extension: what is used is part of its library. */
export const openDuck = async ({
  threads = 1,
  memoryMb = 256,
  spillFolder,
}: Options): Promise<Duck> => {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: String(threads),
    memory_limit: `${memoryMb}MB`,
    temp_directory: spillFolder,
    preserve_insertion_order: 'false',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  });
  const connection = await instance.connect();
  await connection.run("set TimeZone = 'UTC'");
  return {
    run: async (sql, values) => {
      await asOutage(connection.run(sql, values));
    },
    query: async (sql, values) => {
      const reader = await asOutage(connection.runAndReadAll(sql, values));
      const rows = reader.getRows().map((row) => row.map(textOf));
      return { columns: reader.columnNames(), rows };
    },
    stream: async function* (sql, values) {
      const result = await asOutage(connection.stream(sql, values));
      for (;;) {
        const chunk = await asOutage(result.fetchChunk());
        if (chunk === null || chunk.rowCount === 0) return;
        for (const row of chunk.getRows()) yield row.map(textOf);
      }
    },
    close: () => {
      connection.closeSync();
      instance.closeSync();
      return Promise.resolve();
    },
  };
};

const textOf = (value: DuckDBValue): string | null => {
  if (value === null) return null;
  // Values of DuckDB have a toString of their own.
  return (value as { toString: () => string }).toString();
};

/** A full disk, a missing folder or too little memory may be fixed; other errors are bugs. */
const asOutage = async <Result>(work: Promise<Result>): Promise<Result> => {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Error && /^(IO|Out of Memory) Error/.test(error.message))) throw error;
    throw new Unavailable('files', error.message, { cause: error });
  }
};
