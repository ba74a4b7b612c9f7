import { createHmac, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { hmacSha256 } from './hmac-sha256.ts';

const letters = ['a', '\u0905', '\u{1f600}', '\ud83d'];
const lengths = [0, 1, 63, 64, 65, 300, 341, 342, 1_024, 3_000];

it('equals the HMAC of node for keys and texts of every length, one after the other', () => {
  for (const keyBytes of [1, 32, 64]) {
    const key = randomBytes(keyBytes);
    const digestOf = hmacSha256(key);
    const texts = letters.flatMap((letter) => lengths.map((length) => letter.repeat(length)));
    const expected = texts.map((text) => createHmac('sha256', key).update(text).digest('hex'));
    expect(texts.map(digestOf)).toEqual(expected);
  }
});

it('refuses a key that is longer than a block', () => {
  expect(() => hmacSha256(new Uint8Array(65))).toThrow('at most 64 bytes, not 65');
});
