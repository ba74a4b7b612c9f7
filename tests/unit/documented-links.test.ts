import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

const pages = globSync('{*.md,{clients,docs,scripts}/**/*.md}', {
  cwd: root,
  exclude: (path) => path.includes('node_modules'),
});

/** The anchors of a page's headings, as GitHub derives them. */
const anchorsOf = (page: string): readonly string[] =>
  Array.from(read(page).matchAll(/^#+ (.*)$/gm), ([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- _]/gu, '')
      .replaceAll(' ', '-'),
  );

/** Whether a link of a page leads to a file or folder, and to a heading if it names one. */
const leadsSomewhere = (page: string, link: string): boolean => {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(join(root, target))) return false;
  return anchor === undefined || anchorsOf(target).includes(anchor);
};

it.each(pages)('every link of %s leads to a file and a heading', (page) => {
  const links = Array.from(read(page).matchAll(/\]\(([^)\s]+)\)/g), ([, link = '']) => link);
  const dead = links.filter((link) => !/^https?:/.test(link) && !leadsSomewhere(page, link));
  expect(dead).toEqual([]);
});

it.each(pages)('every npm script that %s names exists', (page) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  const named = Array.from(
    read(page).matchAll(/npm run (?:--\S+ )?([\w:-]+)/g),
    ([, name = '']) => name,
  );
  expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
});
