import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { secretBox, secretKeys } from './secret-box.ts';

const key = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [older, newer] = [key('k1'), key('k2')];
const box = (text: string) => secretBox(secretKeys.parse(text));

it('opens what it sealed, for the same owner only', () => {
  const { seal, open } = box(older);
  const sealed = seal('whsec_x', 'w-1');
  expect(sealed).toMatch(/^k1\./);
  expect(sealed).not.toContain('whsec');
  expect(open(sealed, 'w-1')).toBe('whsec_x');
  expect(() => open(sealed, 'w-2')).toThrow();
  const [id, nonce, text, tag] = sealed.split('.');
  const changed = `${text?.startsWith('A') ? 'B' : 'A'}${text?.slice(1) ?? ''}`;
  expect(() => open([id, nonce, changed, tag].join('.'), 'w-1')).toThrow();
});

it('encrypts with the first key and still opens what older ones sealed', () => {
  const sealed = box(older).seal('s', 'w');
  const rotated = box(`${newer},${older}`);
  expect(rotated.open(sealed, 'w')).toBe('s');
  expect(rotated.seal('s', 'w')).toMatch(/^k2\./);
  expect(rotated.keyId).toBe('k2');
  expect(() => box(newer).open(sealed, 'w')).toThrow('No key k1');
});

it.each(['', 'k1', 'k1:c2hvcnQ=', ':abc', `a b:${randomBytes(32).toString('base64')}`])(
  'refuses the keys %j',
  (text) => {
    expect(secretKeys.safeParse(text).success).toBe(false);
  },
);
