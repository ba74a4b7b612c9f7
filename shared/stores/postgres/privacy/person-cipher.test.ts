import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dataKeyBytes, personCipher } from './person-cipher.ts';

const person = { tenantId: 'acme', personId: 'c-1' };
const key = randomBytes(dataKeyBytes);
const cipher = personCipher(key, person);
const refused = 'was not encrypted with this key';

describe('personCipher', () => {
  it('decrypts any text that it encrypted, under a nonce of its own each time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (text, field) => {
        const [one, other] = [cipher.encrypt(field, text), cipher.encrypt(field, text)];
        expect(one).not.toBe(other);
        expect(cipher.decrypt(field, one)).toBe(text);
      }),
    );
  });

  it('decrypts nothing that was encrypted with another key, or for another person or field', () => {
    const encrypted = cipher.encrypt('phone', '+91 98450 00000');
    const others = [
      personCipher(randomBytes(dataKeyBytes), person),
      personCipher(key, { ...person, personId: 'c-2' }),
      personCipher(key, { ...person, tenantId: 'other' }),
      // The parts must not be joined so that two persons have the same name.
      personCipher(key, { tenantId: 'acme"', personId: ',"c-1' }),
    ];
    for (const other of others) expect(() => other.decrypt('phone', encrypted)).toThrow(refused);
    expect(() => cipher.decrypt('email', encrypted)).toThrow(refused);
  });

  it('decrypts nothing of which any bit was changed, or that is no ciphertext', () => {
    const encrypted = cipher.encrypt('phone', '+91 98450 00000');
    const [version, encoded = ''] = encrypted.split('.');
    const bytes = Buffer.from(encoded, 'base64url');
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const changed = Buffer.from(bytes);
        changed[bit >> 3]! ^= 1 << (bit & 7);
        const text = `${version}.${changed.toString('base64url')}`;
        expect(() => cipher.decrypt('phone', text)).toThrow(refused);
      }),
    );
    for (const text of ['', 'p1.', 'p2.AAAA', '+91 98450 00000', 'p1.AAAA'])
      expect(() => cipher.decrypt('phone', text)).toThrow('phone is not encrypted');
  });
});
