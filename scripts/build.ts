/** Bundles every function into one file: `dist/<name>/index.js`. */
import { readdir, readFile } from 'node:fs/promises';
import { build } from 'esbuild';

const root = new URL('../', import.meta.url).pathname;

/** Names of all functions: the folders in `functions/`. */
export const functionNames = async (): Promise<readonly string[]> =>
  (await readdir(`${root}functions`, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

/**
 * Bundles the functions into ES modules for Node 24. The framework stays outside, so that a function registers with the
 * very copy whose command loads it.
 */
export const buildFunctions = async (): Promise<void> => {
  const names = await functionNames();
  await build({
    entryPoints: names.map((name) => ({
      in: `${root}functions/${name}/index.ts`,
      out: `${name}/index`,
    })),
    outdir: `${root}dist`,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    loader: { '.lua': 'text', '.sql': 'text' },
    external: ['@google-cloud/functions-framework'],
    // CommonJS dependencies inside an ES module still ask for require.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    legalComments: 'none',
    logLevel: 'warning',
  });
};

if (import.meta.main) {
  await buildFunctions();
  for (const name of await functionNames()) {
    const { length } = await readFile(`${root}dist/${name}/index.js`);
    console.log(`dist/${name}/index.js  ${Math.round(length / 1024)} kB`);
  }
}
