import { expect, test } from 'vitest';
import { fnvHash } from './fnv-hash.ts';

test('the hash of a text is that of the reference implementation', () => {
  // Test vectors of FNV-1a, 32 bits: http://www.isthe.com/chongo/src/fnv/test_fnv.c
  expect(['', 'a', 'foobar'].map(fnvHash)).toEqual([0x811c9dc5, 0xe40c292c, 0xbf9cf968]);
});
