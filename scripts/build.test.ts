import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { copyRedoc } from './build.ts';

const folder = await mkdtemp(join(tmpdir(), 'guerdon-redoc-'));
afterAll(() => rm(folder, { recursive: true }));

it('an API finds Redoc in the folder of its bundle, as in its image', async () => {
  const resolve = () =>
    createRequire(join(folder, 'index.js')).resolve('redoc/bundles/redoc.standalone.js');
  expect(resolve).toThrow('Cannot find module');
  await copyRedoc(folder);
  expect(resolve()).toContain(folder);
});
