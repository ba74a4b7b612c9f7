/**
 * Bundles every function into one file, `dist/<name>/index.js`, and copies Redoc to the folders of
 * APIs.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { build, type OutputFile } from 'esbuild';
import { bundleOptions } from './platform/bundle-options.ts';

const root = new URL('../', import.meta.url).pathname;

/** Names of all functions: the folders in `functions/`. */
export const functionNames = async (): Promise<readonly string[]> =>
  (await readdir(`${root}functions`, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

let built: Promise<void> | undefined;

/** Bundles each function into one file, once per process. */
export const buildFunctions = (): Promise<void> => (built ??= bundleAll());

const bundleAll = async (): Promise<void> => {
  const names = await functionNames();
  const { outputFiles } = await build({
    ...bundleOptions,
    entryPoints: names.map((name) => ({
      in: `${root}functions/${name}/index.ts`,
      out: `${name}/index`,
    })),
    outdir: `${root}dist`,
    write: false,
  });
  await Promise.all(outputFiles.map(replaceFile));
  await Promise.all(names.filter(isApi).map((name) => copyRedoc(`${root}dist/${name}`)));
};

/**
 * Another process may load the file at this moment: it reads either the old or the new one
 * completely.
 */
const replaceFile = async ({
  path,
  contents,
}: Pick<OutputFile, 'path' | 'contents'>): Promise<void> => {
  const current = await readFile(path).catch(() => undefined);
  if (current?.equals(contents)) return;
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, contents);
  await rename(unfinished, path);
};

/** Whether a function serves an HTTP API: it has a table of routes. */
export const isApi = (name: string): boolean => existsSync(`${root}functions/${name}/routes.ts`);

const redoc = 'node_modules/redoc/bundles/redoc.standalone.js';

/**
 * Copies what the page at /docs loads to a function's folder, where the function finds it as a
 * package.
 */
export const copyRedoc = async (folder: string): Promise<void> => {
  for (const file of [redoc, `${redoc}.LICENSE.txt`])
    await replaceFile({ path: `${folder}/${file}`, contents: await readFile(root + file) });
};

if (import.meta.main) {
  await buildFunctions();
  for (const name of await functionNames()) {
    const { length } = await readFile(`${root}dist/${name}/index.js`);
    console.log(`dist/${name}/index.js  ${Math.round(length / 1024)} kB`);
  }
}
