import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const servers = fileURLToPath(new URL('../servers/', import.meta.url));

/**
 * Bundles servers of `scripts/bench/servers` as the functions are bundled for production, and returns the files in the
 * order of the names.
 */
export const bundleServers = async (
  names: readonly string[],
  directory: string,
): Promise<string[]> => {
  await build({
    entryPoints: names.map((name) => `${servers}${name}.ts`),
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    loader: { '.lua': 'text', '.sql': 'text' },
    external: ['@google-cloud/functions-framework'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    legalComments: 'none',
    logLevel: 'warning',
  });
  return names.map((name) => `${directory}/${name}.mjs`);
};
