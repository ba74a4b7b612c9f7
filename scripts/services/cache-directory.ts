import { join, resolve } from 'node:path';

/** Downloads shared by all runs of this clone. */
export const cacheDirectory = resolve(import.meta.dirname, '../../.guerdon/cache');

/** Code that processes of this clone have compiled, for `NODE_COMPILE_CACHE`. */
export const compileCache = join(cacheDirectory, 'compiled');
