import { expect, test } from 'vitest';
import { mergePatch } from './merge-patch.ts';

test('objects merge, null deletes, lists are replaced', () => {
  const target = { a: { b: 1, c: 2 }, list: [{ name: 'x', value: 1 }], gone: true };
  const patch = { a: { c: 3, d: { e: 4 } }, list: [{ name: 'y' }], gone: null };
  expect(mergePatch(target, patch)).toEqual({
    a: { b: 1, c: 3, d: { e: 4 } },
    list: [{ name: 'y' }],
  });
  expect(target.a).toEqual({ b: 1, c: 2 });
});
