import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isPhoneInRange, parsePhoneRange } from './phone-range.ts';

describe('PhoneRange', () => {
  it('puts each phone into exactly one of ranges that follow each other, and none into the first', () => {
    const ranges = ['..+4', '+4..+9195', '+9195..'].map((text) => parsePhoneRange(text));
    const holders = (phone?: string) =>
      ranges.flatMap((range, index) => (range && isPhoneInRange(range, phone) ? [index] : []));
    fc.assert(
      fc.property(fc.stringMatching(/^\+[1-9]\d{6,14}$/), (phone) => {
        expect(holders(phone)).toHaveLength(1);
      }),
    );
    expect(holders()).toEqual([0]);
    expect(holders('+4')).toEqual([1]);
    expect(holders('+919499999999')).toEqual([1]);
    expect(holders('+919500000000')).toEqual([2]);
  });

  it.each(['', '+91', '91..', '+91..+91', '+92..+91', '..+91..', '+9 1..'])(
    'refuses %s',
    (text) => {
      expect(parsePhoneRange(text)).toBeUndefined();
    },
  );
});
