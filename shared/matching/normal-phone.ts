import { type CountryCode, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { isGenericPhone } from '#shared/domain/matching/generic-values.ts';

/**
 * A phone number in the form of E.164, by the numbering plans of Google's libphonenumber; one
 * without a country code is of the region. Undefined for what cannot be a number, and for one that
 * is made up.
 */
export const normalPhone = (phone: string, region: CountryCode): string | undefined => {
  const parsed = parsePhoneNumberFromString(phone.slice(0, 40).normalize('NFKC'), region);
  if (!parsed?.isPossible() || isGenericPhone(parsed.nationalNumber)) return undefined;
  return parsed.number;
};
