import type { CountryCode } from 'libphonenumber-js/min';
import { LRUCache } from 'lru-cache';
import { canonicalEmail } from '#shared/domain/matching/fields/canonical-email.ts';
import { foldAddress, foldPostcode } from '#shared/domain/matching/fields/fold-address.ts';
import { foldName } from '#shared/domain/matching/fields/fold-name.ts';
import { isGenericName } from '#shared/domain/matching/fields/generic-values.ts';
import { spellingKey } from '#shared/domain/matching/fields/name-variants.ts';
import type { NamePart, Profile, Source } from '#shared/domain/matching/profile.ts';
import { normalPhone } from './normal-phone.ts';
import { phoneticKey } from './phonetic-key.ts';

/** A record as its source wrote it. */
export type CustomerRecord = Readonly<{
  recordId: string;
  source: Source;
  name?: string | undefined;
  phone?: string | undefined;
  email?: string | undefined;
  cardToken?: string | undefined;
  documentId?: string | undefined;
  /** YYYY-MM-DD. */
  birthDate?: string | undefined;
  address?: string | undefined;
  postcode?: string | undefined;
}>;

/**
 * Folds a record into what is compared. Phones without a country code are of the tenant's region.
 * A value that is malformed, made up or a placeholder is left out, so it neither finds nor refuses
 * anybody.
 */
export const profileOf = (record: CustomerRecord, region: CountryCode): Profile => ({
  recordId: record.recordId,
  source: record.source,
  name: fold(record.name, nameOf),
  phone: fold(record.phone, (phone) => normalPhone(phone, region)),
  email: fold(record.email, canonicalEmail),
  card: record.cardToken,
  document: fold(record.documentId, documentOf),
  birthDate: fold(record.birthDate, birthDateOf),
  address: fold(record.address, addressOf),
  postcode: fold(record.postcode, foldPostcode),
});

const fold = <Folded>(
  value: string | undefined,
  to: (value: string) => Folded | undefined,
): Folded | undefined => (value === undefined ? undefined : to(value));

const nameOf = (name: string): readonly NamePart[] | undefined => {
  const parts = foldName(name);
  if (isGenericName(parts)) return undefined;
  return parts.map(namePartOf);
};

/** Parts of names with their keys: few names are those of most people. */
const knownParts = new LRUCache<string, NamePart>({ max: 10_000 });

const namePartOf = (text: string): NamePart => {
  const known = knownParts.get(text);
  if (known !== undefined) return known;
  const spelling = spellingKey(text);
  const part = { text, spelling, sound: phoneticKey(spelling) };
  knownParts.set(text, part);
  return part;
};

const addressOf = (address: string) => {
  const words = foldAddress(address);
  return words.length < 2 ? undefined : words;
};

const documentOf = (document: string) => {
  const folded = document
    .normalize('NFKC')
    .replace(/[^0-9a-z]/gi, '')
    .toUpperCase();
  return folded.length < 5 || new Set(folded).size <= 2 ? undefined : folded;
};

/** The first of January 1900 and 1970 are what forms fill in. */
const birthDateOf = (date: string) =>
  /^\d{4}-\d{2}-\d{2}$/.test(date) && !/^(0000|19[07]0-01-01)/.test(date) ? date : undefined;
