import { blockingKeys } from '#shared/domain/matching/blocking-keys.ts';
import { cardDigits, withoutCardNumbers } from '#shared/domain/matching/fields/card-number.ts';
import type { Source } from '#shared/domain/matching/profile.ts';
import type { RecordDetails } from '#shared/domain/matching/record-details.ts';
import type { CustomerRecordData } from '#shared/eventing/contracts/customer-records.ts';
import type { PhoneRegion } from '#shared/matching/phone-regions.ts';
import { profileOf } from '#shared/matching/profile-of.ts';
import type { CustomerHashes } from '#shared/runtime/customer-hashes.ts';
import type {
  CustomerRecord,
  RecordHashes,
} from '#shared/stores/postgres/customers/customer-record.ts';

type Options = Readonly<{
  hashes: CustomerHashes;
  /** The region of phones without a country code. */
  region: PhoneRegion;
}>;

/** A record as it arrived: what the contract made of it, where from and when. */
type Arrived = Readonly<{ source: Source; data: CustomerRecordData; changedAt: Date }>;

/**
 * Folds and hashes a record for the store. Of a card only a keyed hash and the last four digits
 * leave this function; a value that is no card number is dropped, and numbers of cards in other
 * fields are masked. A record without an id gets a keyed hash of its content.
 */
export const readRecord = (
  { source, data, changedAt }: Arrived,
  { hashes, region }: Options,
): CustomerRecord => {
  const { tenantId, accountId } = data;
  const given = givenOf(data, hashes);
  const recordId =
    data.recordId ??
    `content-${hashes.contentName(tenantId, canonical({ source, accountId, given }))}`;
  const { address, cardToken, ...texts } = given;
  const profile = profileOf(
    { ...texts, recordId, source, cardToken, address: addressText(address) },
    region,
  );
  const details = { given, profile };
  const hashedBy = (keyId?: string) =>
    hashRecord({ tenantId, source, accountId, details }, hashes, keyId);
  return {
    ...{ tenantId, source, recordId, accountId, changedAt, details },
    ...hashedBy(),
    hashedBy,
  };
};

/** The hashes of a record, as it arrived or as it is stored, by a key or by the newest one. */
export const hashRecord = (
  {
    tenantId,
    source,
    accountId,
    details: { given, profile },
  }: Pick<CustomerRecord, 'tenantId' | 'source' | 'accountId' | 'details'>,
  hashes: CustomerHashes,
  keyId?: string,
): RecordHashes => ({
  content: hashes.content(tenantId, canonical({ source, accountId, given }), keyId),
  blockKeys: blockingKeys(profile).map((key) => hashes.blockKey(tenantId, key, keyId)),
});

const givenOf = (
  { tenantId, given, further, creditCard, cardToken }: CustomerRecordData,
  hashes: CustomerHashes,
): RecordDetails => {
  const digits = cardDigits(creditCard ?? '') ?? cardDigits(cardToken ?? '');
  const token = digits === undefined ? cardToken : hashes.cardToken(tenantId, digits);
  const masked = withoutCardNumbers({ ...given, further }) as RecordDetails;
  return {
    ...masked,
    // A phone may look like a card number, so it is not masked.
    phone: given.phone,
    cardToken: token === '' ? undefined : token?.slice(0, 200),
    cardLastFour: digits?.slice(-4),
  };
};

/** The parts of an address in one text, in the order in which the source wrote them. */
const addressText = (address: RecordDetails['address']): string | undefined =>
  typeof address === 'object'
    ? Object.values(address)
        .filter((part) => typeof part === 'string' || typeof part === 'number')
        .join(', ')
    : address;

/** JSON whose fields are in one order, so that equal content has one hash. */
const canonical = (value: unknown): string => JSON.stringify(inOrder(value));

const inOrder = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(inOrder);
  if (typeof value !== 'object' || value === null) return value;
  const own = value as Readonly<Record<string, unknown>>;
  const names = Object.keys(own).toSorted();
  return Object.fromEntries(names.map((name) => [name, inOrder(own[name])]));
};
