import { blindIndex } from './blind-index.ts';

/** Keyed hashes by which records of customers are compared and found, one field each. */
export type CustomerHashes = Readonly<{
  /** Of a blocking key (`blockingKeys`): 63 bits, as the decimal text of a bigint. */
  blockKey: (tenantId: string, key: string) => string;
  /** Every hash that a key may be stored under: for searching while keys are rotated. */
  blockKeys: (tenantId: string, key: string) => readonly string[];
  /** Of the digits of a card number: stands for it wherever it is stored. */
  cardToken: (tenantId: string, digits: string) => string;
  /** Of the details of a record, in hexadecimal: 128 bits. */
  content: (tenantId: string, details: string) => string;
  /** Of a customer's folded name and phone, in hexadecimal: 128 bits. */
  nameAndPhone: (tenantId: string, nameAndPhone: string) => string;
}>;

type Keys = Parameters<typeof blindIndex>[0]['keys'];

/** The first key is current; each tenant and field has a key that is derived from it. */
export const customerHashes = (keys: Keys): CustomerHashes => {
  const short = blindIndex({ keys, bits: 63 });
  const long = blindIndex({ keys, bits: 128 });
  const hexOf = (field: string) => (tenantId: string, text: string) =>
    digestOf(long.of({ tenantId, field }, text));
  const cardToken = hexOf('card');
  return {
    blockKey: (tenantId, key) => numberOf(short.of({ tenantId, field: 'block' }, key)),
    blockKeys: (tenantId, key) => short.all({ tenantId, field: 'block' }, key).map(numberOf),
    cardToken: (tenantId, digits) => `card-${cardToken(tenantId, digits)}`,
    content: hexOf('record'),
    nameAndPhone: hexOf('name-phone'),
  };
};

/** A blind index names its key: `<key id>.<hexadecimal>`. */
const digestOf = (index: string): string => index.slice(index.lastIndexOf('.') + 1);

/** The bits are the first of 64, so they are a positive bigint without the last one. */
const numberOf = (index: string): string => String(BigInt(`0x${digestOf(index)}`) >> 1n);
