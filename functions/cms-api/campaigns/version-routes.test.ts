import { expect, it } from 'vitest';
import { diffDocuments } from './version-routes.ts';

it.each<[what: string, before: unknown, after: unknown, changes: unknown]>([
  ['nothing in what is the same', { a: [1, { b: 'c' }] }, { a: [1, { b: 'c' }] }, []],
  ['a value', { a: { b: 1 } }, { a: { b: 2 } }, [{ place: 'a.b', before: 1, after: 2 }]],
  ['what was added', { a: 1 }, { a: 1, b: { c: 2 } }, [{ place: 'b', after: { c: 2 } }]],
  ['what was taken out', { a: 1, b: 2 }, { a: 1 }, [{ place: 'b', before: 2 }]],
  [
    'items of lists by their place',
    { a: [{ n: 1 }, { n: 2 }] },
    { a: [{ n: 1 }, { n: 3 }, { n: 4 }] },
    [
      { place: 'a.1.n', before: 2, after: 3 },
      { place: 'a.2', after: { n: 4 } },
    ],
  ],
  [
    'another kind as a whole',
    { a: { 0: 1 } },
    { a: [1] },
    [{ place: 'a', before: { 0: 1 }, after: [1] }],
  ],
])('shows %s', (_what, before, after, changes) => {
  expect(JSON.parse(JSON.stringify(diffDocuments(before, after)))).toEqual(changes);
});
