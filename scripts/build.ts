/** Bundles every function into one file: `dist/<name>/index.js`. */
import { readdir, readFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { bundleOptions } from './platform/bundle-options.ts';

const root = new URL('../', import.meta.url).pathname;

/** Names of all functions: the folders in `functions/`. */
export const functionNames = async (): Promise<readonly string[]> =>
  (await readdir(`${root}functions`, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

/** Bundles every function into one file of its own. */
export const buildFunctions = async (): Promise<void> => {
  const names = await functionNames();
  await build({
    ...bundleOptions,
    entryPoints: names.map((name) => ({
      in: `${root}functions/${name}/index.ts`,
      out: `${name}/index`,
    })),
    outdir: `${root}dist`,
  });
};

if (import.meta.main) {
  await buildFunctions();
  for (const name of await functionNames()) {
    const { length } = await readFile(`${root}dist/${name}/index.js`);
    console.log(`dist/${name}/index.js  ${Math.round(length / 1024)} kB`);
  }
}
