import { blindIndex } from './blind-index.ts';

/** Keyed hashes by which records of customers are compared and found, one field each. */
export type CustomerHashes = Readonly<{
  /** Ids of the keys, the newest first. */
  keyIds: readonly string[];
  /** Of a blocking key (`blockingKeys`): 63 bits, as the decimal text of a bigint. */
  blockKey: (tenantId: string, key: string, keyId?: string) => string;
  /** Every hash that a key may be stored under: for searching while keys are rotated. */
  blockKeys: (tenantId: string, key: string) => readonly string[];
  /** Of the digits of a card number, for which it is stored; unchanged when keys are rotated. */
  cardToken: (tenantId: string, digits: string) => string;
  /** Of the details of a record, in hexadecimal: 128 bits. */
  content: (tenantId: string, details: string, keyId?: string) => string;
  /**
   * The same with the oldest key: the id of a record without one, unchanged when keys are rotated.
   */
  contentName: (tenantId: string, details: string) => string;
  /** Of a customer's folded name and phone, in hexadecimal: 128 bits. */
  nameAndPhone: (tenantId: string, nameAndPhone: string) => string;
}>;

type Keys = Parameters<typeof blindIndex>[0]['keys'];

/**
 * Hashes by the first key unless another one is named; each tenant and field has a key that is
 * derived from it. Values that are not stored, and so can never be hashed again, are hashed by the
 * last key.
 */
export const customerHashes = (keys: Keys): CustomerHashes => {
  const short = blindIndex({ keys, bits: 63 });
  const long = blindIndex({ keys, bits: 128 });
  const oldest = keys.at(-1)?.id;
  const hexOf = (field: string) => (tenantId: string, text: string, keyId?: string) =>
    digestOf(long.of({ tenantId, field }, text, keyId));
  const [content, card, nameAndPhone] = [hexOf('record'), hexOf('card'), hexOf('name-phone')];
  return {
    keyIds: keys.map(({ id }) => id),
    blockKey: (tenantId, key, keyId) =>
      numberOf(short.of({ tenantId, field: 'block' }, key, keyId)),
    blockKeys: (tenantId, key) => short.all({ tenantId, field: 'block' }, key).map(numberOf),
    cardToken: (tenantId, digits) => `card-${card(tenantId, digits, oldest)}`,
    content,
    contentName: (tenantId, details) => content(tenantId, details, oldest),
    nameAndPhone: (tenantId, text) => nameAndPhone(tenantId, text),
  };
};

/** A blind index names its key: `<key id>.<hexadecimal>`. */
const digestOf = (index: string): string => index.slice(index.lastIndexOf('.') + 1);

/** The bits are the first of 64, so they are a positive bigint without the last one. */
const numberOf = (index: string): string => String(BigInt(`0x${digestOf(index)}`) >> 1n);
