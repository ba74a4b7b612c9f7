import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { bundleOptions } from '#scripts/platform/bundle-options.ts';

const servers = fileURLToPath(new URL('../servers/', import.meta.url));

/**
 * Bundles servers of `scripts/bench/servers` as the functions are bundled for production, and
 * returns the files in the order of the names.
 */
export const bundleServers = async (
  names: readonly string[],
  directory: string,
): Promise<string[]> => {
  await build({
    ...bundleOptions,
    entryPoints: names.map((name) => `${servers}${name}.ts`),
    outdir: directory,
    outExtension: { '.js': '.mjs' },
  });
  return names.map((name) => `${directory}/${name}.mjs`);
};
