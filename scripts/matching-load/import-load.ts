import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { dataOf } from '#scripts/matching/customer-fixture.ts';
import { inBatches } from '#scripts/platform/in-batches.ts';
import type { GeneratedLoad } from './generated-load.ts';
import { memoryPeakMb } from './memory-peak.ts';

/** The time and memory of importing a file. */
export type ImportedFile = Readonly<{
  file: string;
  rows: number;
  seconds: number;
  /** The most memory of the command, in MiB. */
  memoryMb: number;
  /** Whether it was killed once and continued. */
  resumed: boolean;
}>;

const sources = ['dotnet', 'store'] as const;
type Source = (typeof sources)[number];

type Options = Readonly<{
  load: GeneratedLoad;
  /** Where the files are written, and removed again. */
  folder: string;
  /** The variables of the command, besides our own. */
  environment: Readonly<Record<string, string>>;
  onProgress: (line: string) => void;
}>;

/**
 * Writes records to a file for each source and imports them by `npm run import`, the shop's first.
 * The second import is killed half-way and runs again.
 */
export const importLoad = async ({
  load,
  folder,
  ...run
}: Options): Promise<readonly ImportedFile[]> => {
  await mkdir(folder, { recursive: true });
  try {
    const rows = await writeFiles(load, folder);
    const imported: ImportedFile[] = [];
    for (const source of sources)
      imported.push(
        await importFile(
          {
            path: pathOf(folder, source),
            rows: rows[source],
            killAfter: source === 'store' ? rows[source] / 2 : Infinity,
          },
          run,
        ),
      );
    return imported;
  } finally {
    await rm(folder, { recursive: true });
  }
};

const pathOf = (folder: string, source: Source): string => join(folder, `${source}.ndjson`);

const writeFiles = async (load: GeneratedLoad, folder: string) => {
  const files = await Promise.all(sources.map((source) => open(pathOf(folder, source), 'w')));
  const [dotnet, store] = files as [FileHandle, FileHandle];
  const rows = { dotnet: 0, store: 0 };
  for await (const batch of inBatches(load.records(), 1_000)) {
    const own = Map.groupBy(batch, ({ record }) => record.source);
    for (const [source, file] of [
      ['dotnet', dotnet],
      ['store', store],
    ] as const) {
      const lines = own.get(source) ?? [];
      rows[source] += lines.length;
      await file.write(lines.map((line) => `${JSON.stringify(dataOf(line))}\n`).join(''));
    }
  }
  await Promise.all(files.map((file) => file.close()));
  return rows;
};

type File = Readonly<{ path: string; rows: number; killAfter: number }>;

const importFile = async (
  { path, rows, killAfter }: File,
  run: Pick<Options, 'environment' | 'onProgress'>,
): Promise<ImportedFile> => {
  const startedAt = performance.now();
  const first = await runImport(path, killAfter, run);
  const second = first.killed ? await runImport(path, Infinity, run) : first;
  return {
    ...{ file: path, rows, resumed: first.killed },
    seconds: (performance.now() - startedAt) / 1_000,
    memoryMb: Math.max(first.memoryMb, second.memoryMb),
  };
};

/** Runs the command to its end, or kills it once it has imported more rows than a number. */
const runImport = async (
  path: string,
  killAfter: number,
  { environment, onProgress }: Pick<Options, 'environment' | 'onProgress'>,
): Promise<Readonly<{ killed: boolean; memoryMb: number }>> => {
  const command = ['scripts/import.ts', 'customers', path];
  const child = spawn(join(import.meta.dirname, '../run.sh'), command, {
    cwd: resolve(import.meta.dirname, '../..'),
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exit = once(child, 'exit') as Promise<[code: number | null]>;
  const followed = follow(child, killAfter, onProgress);
  const [code] = await exit;
  const { killed, memoryMb, lastLine } = await followed;
  if (code !== 0 && !killed) throw new Error(`The import ended with ${code}: ${lastLine}`);
  return { killed, memoryMb };
};

const follow = async (
  child: ChildProcess,
  killAfter: number,
  onProgress: (line: string) => void,
) => {
  let [killed, memoryMb, lastLine] = [false, 0, ''];
  const measure = async () => {
    memoryMb = Math.max(memoryMb, await memoryPeakMb(child.pid ?? 0));
  };
  const timer = setInterval(() => void measure(), 500);
  for await (const line of createInterface({ input: child.stderr ?? process.stdin })) {
    lastLine = line;
    onProgress(line);
    if (!killed && rowsIn(line) >= killAfter) killed = child.kill('SIGKILL');
  }
  clearInterval(timer);
  return { killed, memoryMb, lastLine };
};

/** The rows that a line of progress states. */
const rowsIn = (line: string): number =>
  Number(/^([\d,]+) rows, .* a second/.exec(line)?.[1]?.replaceAll(',', '') ?? 0);
