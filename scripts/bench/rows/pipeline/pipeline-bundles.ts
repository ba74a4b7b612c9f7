import { cp, readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { buildFunctions } from '#scripts/build.ts';
import { bundleServers } from '../../core/bundle.ts';

/**
 * The end of the pipeline: award-points, the same with one order at a time, or a function that only
 * validates.
 */
export type PipelineVariant = 'batched' | 'single' | 'noop';

const dist = resolve(import.meta.dirname, '../../../../dist');

/**
 * Makes two folders of bundles: as they are, and with these functions working on one event at a
 * time.
 */
export const batchingBundles = async (
  directory: string,
  functions: readonly string[],
): Promise<Record<'batched' | 'single', string>> => {
  await buildFunctions();
  const single = `${directory}/single`;
  await cp(dist, single, { recursive: true });
  for (const name of functions) await switchBatchingOff(`${single}/${name}/index.js`);
  return { batched: dist, single };
};

/** A manifest's variables cannot be changed from here, but the bundle that reads them can. */
const switchBatchingOff = async (bundle: string): Promise<void> =>
  writeFile(bundle, `process.env.BATCH_ITEMS_MAX = '1';\n${await readFile(bundle, 'utf8')}`);

/** Makes a folder of bundles per variant, alike but for award-points. */
export const pipelineBundles = async (
  directory: string,
): Promise<Record<PipelineVariant, string>> => {
  const { batched, single } = await batchingBundles(directory, ['award-points']);
  const folders = { batched, single, noop: `${directory}/noop` };
  await cp(dist, folders.noop, { recursive: true });

  const [noop = ''] = await bundleServers(['guerdon-host'], directory);
  await cp(noop, `${folders.noop}/award-points/index.js`);
  return folders;
};
