import { type CountryCode, getCountries } from 'libphonenumber-js/min';

/** A region that has a numbering plan, by ISO 3166-1. */
export type PhoneRegion = CountryCode;

/** All regions. */
export const phoneRegions: readonly PhoneRegion[] = getCountries();
