import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { isGenericPhone } from '#shared/domain/matching/fields/generic-values.ts';

/**
 * How nearly all Indian numbers are written. Reading them here takes a tenth of the time of the
 * library, with the same result.
 */
const indianMobile = /^(?:\+91[ -]?|0)?(?<first>[6-9]\d{4})[ -]?(?<last>\d{5})$/;

const indianDigits = (phone: string): string | undefined => {
  const groups = indianMobile.exec(phone)?.groups;
  return groups && `${groups['first']}${groups['last']}`;
};

/**
 * A phone number in the form of E.164, by the numbering plans of Google's libphonenumber; one
 * without a country code is of the region. Undefined for what cannot be a number, and for one that
 * is made up.
 */
export const normalPhone = (phone: string, region: CountryCode): string | undefined => {
  const digits = region === 'IN' ? indianDigits(phone) : undefined;
  if (digits !== undefined) return isGenericPhone(digits) ? undefined : `+91${digits}`;
  const parsed = parsePhoneNumberFromString(phone.slice(0, 40).normalize('NFKC'), region);
  if (!parsed?.isPossible() || isGenericPhone(parsed.nationalNumber)) return undefined;
  return parsed.number;
};
