import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { openapiFiles } from '../docs.ts';

const files = await openapiFiles();

it.each([...files])(
  '%s is what the routes say: run `npm run docs` when it is not',
  async (file, text) => {
    expect(await readFile(new URL(`../../${file}`, import.meta.url), 'utf8')).toBe(text);
  },
);

it.each([...files])('%s has a parameter for each placeholder of its paths', (_file, text) => {
  const { paths } = JSON.parse(text) as {
    paths: Record<string, { get: { parameters?: { name: string; in: string }[] } }>;
  };
  for (const [path, { get }] of Object.entries(paths)) {
    const inPath =
      get.parameters?.filter((parameter) => parameter.in === 'path').map(({ name }) => name) ?? [];
    expect(inPath.toSorted()).toEqual(
      [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).toSorted(),
    );
  }
});
