/**
 * Runs before each file. Modules are shared by the files of a worker, so a hook in one of them
 * would belong to the first file only.
 */
import { afterAll } from 'vitest';
import { endFile } from './after-file.ts';

afterAll(endFile);
