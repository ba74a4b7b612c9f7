import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import type { ArchiveFile, ArchiveFiles, ArchiveManifest } from './archive-files.ts';
import { asUnavailable } from './as-unavailable.ts';
import { fileDigest } from './file-digest.ts';
import { unlessAbsent } from './unless-absent.ts';
import { writeDurably } from './write-durably.ts';

/**
 * Archives in a folder, such as a mounted volume: `<table>/<partition>/<tenant>.<part>.ndjson.gz`
 * with the manifest of each in `….json`. The folder itself is not created: a volume that is not
 * mounted must not look like an empty archive.
 */
export const archiveFolder = (folder: string): ArchiveFiles => {
  const pathOf = (file: string) => join(folder, file);
  const inFolder = <Result>(work: () => Promise<Result>): Promise<Result> =>
    asUnavailable(`The archive ${folder}`, work);
  return {
    probe: () =>
      inFolder(async () => {
        const path = pathOf(`.probe-${randomUUID()}`);
        await writeDurably(path, (target) => target.writeFile('probe'));
        await rm(path);
      }),

    write: (description, lines) =>
      inFolder(async () => {
        await stat(folder);
        const file = nameOf(description);
        await mkdir(dirname(pathOf(file)), { recursive: true });
        const content = await writeDurably(pathOf(file), (target) => compress(lines, target));
        const manifest: ArchiveManifest = { format: 1, ...description, ...content };
        await writeDurably(pathOf(manifestOf(file)), (target) =>
          target.writeFile(`${JSON.stringify(manifest, null, 2)}\n`),
        );
        return { file, manifest };
      }),

    manifest: (file) =>
      inFolder(async () => {
        const text = await readFile(pathOf(manifestOf(file)), 'utf8');
        return JSON.parse(text) as ArchiveManifest;
      }),

    digest: (file) => inFolder(() => unlessAbsent(fileDigest(pathOf(file)), undefined)),

    lines: (file) => readLines(pathOf(file)),

    list: () =>
      inFolder(async () => {
        const names = await readdir(folder, { recursive: true });
        return names
          .filter((name) => name.endsWith('.json'))
          .map((name) => `${name.slice(0, -'.json'.length)}${extension}`)
          .sort();
      }),
  };
};

const extension = '.ndjson.gz';

const manifestOf = (file: string): string => `${file.slice(0, -extension.length)}.json`;

/** File systems take names of 255 bytes, and the change log has tenants of any name. */
const nameOf = ({ table, partition, tenantId, part }: ArchiveFile): string => {
  const plain = encodeURIComponent(tenantId);
  const tenant = plain.length <= 150 ? plain : createHash('sha256').update(tenantId).digest('hex');
  return `${table}/${partition}/${tenant}.${part}${extension}`;
};

const compress = async (
  lines: AsyncIterable<string>,
  target: FileHandle,
): Promise<Pick<ArchiveManifest, 'rows' | 'sha256'>> => {
  let rows = 0;
  const counted = async function* () {
    for await (const line of lines) {
      rows += 1;
      yield `${line}\n`;
    }
  };
  const hash = createHash('sha256');
  await pipeline(counted, createGzip(), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) {
      hash.update(chunk);
      await target.writeFile(chunk);
    }
  });
  return { rows, sha256: hash.digest('hex') };
};

async function* readLines(path: string): AsyncGenerator<string> {
  const unzipped = createGunzip();
  const reading = pipeline(createReadStream(path), unzipped);
  // Awaited below: a failure must not be unhandled while lines are still read.
  reading.catch(() => undefined);
  yield* createInterface({ input: unzipped, crlfDelay: Number.POSITIVE_INFINITY });
  await reading;
}
