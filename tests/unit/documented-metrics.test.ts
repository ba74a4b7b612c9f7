import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const root = new URL('../..', import.meta.url).pathname;
const read = (path: string): string => readFileSync(`${root}/${path}`, 'utf8');

/** The metrics that a text names, without the suffixes of histograms. */
const metricsIn = (text: string): readonly string[] =>
  text.match(/\bguerdon_[a-z_]+\b/g)?.map((name) => name.replace(/_bucket$/, '')) ?? [];

it('the page of metrics and alerts names every metric, and none that does not exist', () => {
  const sources = globSync('{functions,shared}/**/*.ts', { cwd: root });
  const declared = sources
    .filter((path) => !path.endsWith('.test.ts'))
    .flatMap((path) => read(path).match(/(?<=name: ')guerdon_\w+/g) ?? []);
  const documented = metricsIn(read('docs/operations/alerts.md'));
  expect([...new Set(documented)].toSorted()).toEqual([...new Set(declared)].toSorted());
});
