import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { renameOnce } from './rename-once.ts';

const home = await mkdtemp(join(tmpdir(), 'guerdon-rename-'));
afterAll(() => rm(home, { recursive: true }));

it('keeps the folder of the first run, and leaves nothing of the others', async () => {
  const finished = join(home, 'finished');
  for (const run of ['first', 'second']) {
    const unfinished = `${finished}.${run}`;
    await mkdir(unfinished);
    await writeFile(join(unfinished, run), '');
    await renameOnce(unfinished, finished);
  }
  expect(await readdir(finished)).toEqual(['first']);
  expect(await readdir(home)).toEqual(['finished']);
});

it('rejects when the folder cannot get its name', async () => {
  const unfinished = join(home, 'unfinished');
  await mkdir(unfinished);
  await expect(renameOnce(unfinished, join(home, 'missing', 'folder'))).rejects.toThrow('ENOENT');
});
