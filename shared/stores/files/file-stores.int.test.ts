import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { Unavailable } from '#shared/domain/errors.ts';
import { objectStore } from '#shared/testing/servers/object-store.ts';
import { fileBucket } from './file-bucket.ts';
import { fileFolder } from './file-folder.ts';
import type { FileStore } from './file-store.ts';

const root = await mkdtemp(join(tmpdir(), 'guerdon-files-'));
afterAll(() => rm(root, { recursive: true }));
const store = await objectStore();

/** Another store with the protocol of S3, such as `http://127.0.0.1:5000` of moto or MinIO. */
const endpoint = process.env['S3_TEST_ENDPOINT'];
if (endpoint !== undefined) await fetch(`${endpoint}/bucket`, { method: 'PUT' });

const put = (files: FileStore, name: string, text: string): Promise<number> =>
  files.write(name, (path) => writeFile(path, text));

const places = [
  { place: 'a folder', open: async () => fileFolder(await mkdtemp(join(root, 'folder-'))) },
  { place: 'a bucket', open: () => Promise.resolve(fileBucket({ ...store, prefix: 'a/b/' })) },
  {
    place: 'the store at S3_TEST_ENDPOINT',
    open: () =>
      Promise.resolve(fileBucket({ ...store, endpoint: endpoint ?? '', prefix: `${Date.now()}/` })),
  },
].filter(({ place }) => endpoint !== undefined || !place.includes('S3_TEST_ENDPOINT'));

describe.each(places)('$place', ({ open }) => {
  it('has files by name: written, replaced, listed by folder, read and removed', async () => {
    const files = await open();
    expect(await files.list('changes/')).toEqual([]);
    const names = ['x', 'day=1/000000/b', 'day=1/000000/a', 'day=1/000001/c', 'day=2/000000/d'];
    for (const name of names) expect(await put(files, `changes/${name}`, 'text')).toBe(4);
    await put(files, 'changes/x', 'a longer text');
    await put(files, 'other/y', '');
    const listed = await files.list('changes/');
    expect(listed.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: 'changes/day=1/000000/a', bytes: 4 },
      { name: 'changes/day=1/000000/b', bytes: 4 },
      { name: 'changes/day=1/000001/c', bytes: 4 },
      { name: 'changes/day=2/000000/d', bytes: 4 },
      { name: 'changes/x', bytes: 13 },
    ]);
    const copy = await files.read('changes/x');
    expect(await readFile(copy!.path, 'utf8')).toBe('a longer text');
    await copy!.release();
    expect(await files.read('changes/none')).toBeUndefined();
    await files.remove(['changes/x', 'changes/none', ...names.map((name) => `changes/${name}`)]);
    expect(await files.list('changes/')).toEqual([]);
    expect(await files.list('other/')).toEqual([{ name: 'other/y', bytes: 0 }]);
  });

  it('keeps the existing file when writing a new one fails', async () => {
    const files = await open();
    await put(files, 'changes/x', 'before');
    const failing = files.write('changes/x', async (path) => {
      await writeFile(path, 'half');
      throw new Error('killed');
    });
    await expect(failing).rejects.toThrow('killed');
    const copy = await files.read('changes/x');
    expect(await readFile(copy!.path, 'utf8')).toBe('before');
    await copy!.release();
  });
});

describe('a folder', () => {
  it('shows each of many files in every listing while they move on, one folder after the other', async () => {
    const folder = await mkdtemp(join(root, 'moving-'));
    const files = fileFolder(folder);
    const names = Array.from({ length: 20 }, (_, index) => `f-${index}`);
    const at = (level: number, name: string) =>
      `changes/day/${String(level).padStart(6, '0')}/${name}`;
    for (const name of names) await put(files, at(0, name), '');
    let isMoving = true;
    const move = async () => {
      for (let level = 1; level < 15; level += 1) {
        for (const name of names) {
          await mkdir(join(folder, at(level, '')), { recursive: true });
          await writeFile(join(folder, at(level, name)), '');
          await rm(join(folder, at(level - 1, name)));
        }
      }
      isMoving = false;
    };
    const look = async () => {
      do {
        const seen = (await files.list('changes/')).map(({ name }) => name.split('/').at(-1));
        expect(new Set(seen)).toEqual(new Set(names));
      } while (isMoving);
    };
    await Promise.all([move(), look(), look()]);
  });

  it('that is missing is unavailable, and not created: a volume may not be mounted', async () => {
    const files = fileFolder(join(root, 'absent'));
    await expect(put(files, 'x', '')).rejects.toThrow(Unavailable);
    await expect(files.list('')).rejects.toThrow('absent cannot be used: ENOENT');
    expect(await readdir(root)).not.toContain('absent');
  });
});

describe('a bucket', () => {
  const files = fileBucket({ ...store, prefix: '' });

  it('is unavailable if it refuses a key, fails, or does not exist, and names the request', async () => {
    const stranger = fileBucket({ ...store, secretAccessKey: 'another', prefix: '' });
    await expect(put(stranger, 'x', '')).rejects.toThrow(
      /PUT .*\/bucket\/x was answered 403: <Code>SignatureDoesNotMatch/,
    );
    store.state.isFailing = true;
    await expect(files.list('')).rejects.toThrow(/was answered 503: <Code>SlowDown/);
    await expect(files.remove(['x'])).rejects.toThrow(Unavailable);
    store.state.isFailing = false;
    const gone = fileBucket({ ...store, endpoint: 'http://127.0.0.1:1', prefix: '' });
    await expect(gone.read('x')).rejects.toThrow(Unavailable);
  });
});
