import fc from 'fast-check';
import { parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { expect, it } from 'vitest';
import { isGenericPhone } from '#shared/domain/matching/fields/generic-values.ts';
import { normalPhone } from './normal-phone.ts';

/** By the library alone. */
const byLibrary = (phone: string) => {
  const parsed = parsePhoneNumberFromString(phone, 'IN');
  if (!parsed?.isPossible() || isGenericPhone(parsed.nationalNumber)) return undefined;
  return parsed.number;
};

const digits = (count: number) =>
  fc.nat({ max: 10 ** count - 1 }).map((number) => String(number).padStart(count, '0'));

it('reads numbers that are written plainly as the library does', () => {
  const prefix = fc.constantFrom('', '0', '+91', '+91 ', '+91-', '+910', '+', '91', '00');
  const halves = fc
    .tuple(fc.integer({ min: 60_000, max: 99_999 }), fc.constantFrom('', ' ', '-', '  '), digits(5))
    .map((parts) => parts.join(''));
  const national = fc.oneof(digits(10), digits(9), digits(11), halves);
  fc.assert(
    fc.property(prefix, national, (before, number) => {
      const phone = before + number;
      expect(normalPhone(phone, 'IN')).toBe(byLibrary(phone));
    }),
    { numRuns: 500 },
  );
});
