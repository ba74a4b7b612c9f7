import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blindIndex, coincidences } from './blind-index.ts';

const key = (id: string) => ({ id, bytes: randomBytes(32) });
const [older, newer] = [key('k1'), key('k2')];
const phone = { tenantId: 'acme', field: 'phone' };

describe('blindIndex', () => {
  it('is the truncated HMAC of the value, under a key that is derived for the tenant and field', () => {
    const derived = hkdfSync('sha256', older.bytes, '', '["blind-index","acme","phone"]', 32);
    const digest = createHmac('sha256', Buffer.from(derived)).update('+9198450').digest('hex');
    const { of } = blindIndex({ keys: [older], bits: 32 });
    expect(of(phone, '+9198450')).toBe(`k1.${digest.slice(0, 8)}`);
    const [first = 0, second = 0] = Buffer.from(digest, 'hex');
    const short = Buffer.of(first, second & 0b1111_1000).toString('hex');
    expect(blindIndex({ keys: [older], bits: 13 }).of(phone, '+9198450')).toBe(`k1.${short}`);
  });

  it('is equal for equal values of one tenant and field only', () => {
    const { of } = blindIndex({ keys: [older], bits: 256 });
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        expect(of(phone, one) === of(phone, other)).toBe(one === other);
      }),
    );
    const others = [
      { tenantId: 'other', field: 'phone' },
      { tenantId: 'acme', field: 'email' },
      { tenantId: 'acme","phone', field: '' },
    ];
    for (const other of others) expect(of(other, 'a')).not.toBe(of(phone, 'a'));
  });

  it('finds under a new key what was stored under the older one', () => {
    const stored = blindIndex({ keys: [older], bits: 64 }).of(phone, 'a');
    const rotated = blindIndex({ keys: [newer, older], bits: 64 });
    expect(rotated.of(phone, 'a')).toMatch(/^k2\./);
    expect(rotated.all(phone, 'a')).toEqual([rotated.of(phone, 'a'), stored]);
    expect(rotated.of(phone, 'a', 'k1')).toBe(stored);
    expect(() => rotated.of(phone, 'a', 'k3')).toThrow('no key k3');
  });

  it('has about as many coincidences as the analysis predicts', () => {
    const rows = 4_096;
    const { of } = blindIndex({ keys: [older], bits: 8 });
    const indexes = Array.from({ length: rows }, (_, index) => of(phone, `${index}`));
    expect(coincidences(rows, 8)).toBe(16);
    expect(rows / new Set(indexes).size).toBe(coincidences(rows, 8));
  });

  it('refuses to work without a key, or with bits that it does not have', () => {
    expect(() => blindIndex({ keys: [], bits: 32 })).toThrow('needs a key');
    for (const bits of [0, 7, 257, 8.5])
      expect(() => blindIndex({ keys: [older], bits })).toThrow(`not ${bits}`);
  });
});
