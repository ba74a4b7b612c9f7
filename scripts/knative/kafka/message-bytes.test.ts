import { expect, test } from 'vitest';
import { messageBytes } from './message-bytes.ts';

test('a record is its bytes, a few for each length and 82 around it', () => {
  expect(messageBytes({ key: null, value: null })).toBe(82 + 3);
  expect(messageBytes({ key: 'é', value: Buffer.alloc(63) })).toBe(82 + 1 + 3 + 64);
  expect(messageBytes({ value: Buffer.alloc(64), headers: { a: 'b', c: ['d', 'e'] } })).toBe(
    82 + 1 + 1 + 66 + 3 * 4,
  );
});
