import { cp, readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { buildFunctions } from '#scripts/build.ts';
import { bundleServers } from '../core/bundle.ts';

/** What stands at the end of the road: award-points, the same one order at a time, or a function that only checks. */
export type RoadVariant = 'batched' | 'single' | 'noop';

const dist = resolve(import.meta.dirname, '../../../dist');

/** Makes a folder of bundles per variant, alike but for award-points. */
export const roadBundles = async (directory: string): Promise<Record<RoadVariant, string>> => {
  await buildFunctions();
  const folders = {
    batched: `${directory}/batched`,
    single: `${directory}/single`,
    noop: `${directory}/noop`,
  };
  await Promise.all(Object.values(folders).map((folder) => cp(dist, folder, { recursive: true })));

  // A manifest's variables cannot be changed from here, but what the bundle reads of them can.
  const single = `${folders.single}/award-points/index.js`;
  await writeFile(single, `process.env.BATCH_ITEMS_MAX = '1';\n${await readFile(single, 'utf8')}`);

  const [noop = ''] = await bundleServers(['guerdon-host'], directory);
  await cp(noop, `${folders.noop}/award-points/index.js`);
  return folders;
};
