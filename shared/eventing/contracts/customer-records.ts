import { z } from 'zod';
import { defineContract } from '../contract.ts';
import { identifier, instant, slug, text } from './fields.ts';

/** A source may leave a value out or write it as null. */
const withoutNull = <Value>(value: Value | null | undefined): Value | undefined =>
  value ?? undefined;

const optionalText = text.max(1_000, 'must have at most 1000 characters').nullish();

/** Some sources write numbers where digits are meant. */
const optionalDigits = z
  .union([text.max(100, 'must have at most 100 characters'), z.number()], 'must be a string')
  .nullish();

const digitsOf = (value: z.output<typeof optionalDigits>): string | undefined =>
  value === null || value === undefined ? undefined : String(value);

/**
 * Never refused for its content, because a refused record would become a dead letter with its card
 * number.
 */
const card = z.unknown().optional();

const cardOf = (value: unknown): string | undefined => {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' ? value : undefined;
};

const isShort = (value: unknown): boolean => JSON.stringify(value).length <= 4_000;

const address = z
  .union(
    [
      text.max(1_000, 'must have at most 1000 characters'),
      z
        .record(z.string(), z.unknown())
        .refine(isShort, 'must have at most 4000 characters as JSON'),
    ],
    'must be a string or an object',
  )
  .nullish();

const recordFields = z.looseObject({
  recordId: identifier
    .nullish()
    .describe('Id in the source. Without it, each different content is a record of its own'),
  tenantId: slug.default('default'),
  accountId: identifier
    .nullish()
    .describe('customerId of orders and userId of actions, if the source knows it'),
  changedAt: instant
    .optional()
    .describe('When the source changed it. Defaults to the time of the record'),
  name: optionalText,
  phone: optionalDigits.describe("Without a country code, the number is in the tenant's region"),
  email: optionalText,
  address,
  postcode: optionalDigits,
  birthDate: optionalText.describe('YYYY-MM-DD'),
  documentId: optionalDigits.describe('Number of an official document'),
  date: optionalText.describe('When the store saw the customer'),
  creditCard: card.describe('Its number; a keyed hash and the last four digits are kept'),
  credit_card: card,
  cardNumber: card,
  cardToken: card.describe('Alternative to the number, if the source has tokens'),
});

/** In one step: a step for each field would take longer than checking all of them. */
const records = recordFields.transform(
  ({
    recordId,
    tenantId,
    accountId,
    changedAt,
    creditCard,
    credit_card,
    cardNumber,
    cardToken,
    name,
    phone,
    email,
    address,
    postcode,
    birthDate,
    documentId,
    date,
    ...further
  }) => ({
    recordId: withoutNull(recordId),
    tenantId,
    accountId: withoutNull(accountId),
    changedAt,
    cardToken: cardOf(cardToken),
    given: {
      name: withoutNull(name),
      phone: digitsOf(phone),
      email: withoutNull(email),
      address: withoutNull(address),
      postcode: digitsOf(postcode),
      birthDate: withoutNull(birthDate),
      documentId: digitsOf(documentId),
      date: withoutNull(date),
    },
    creditCard: cardOf(creditCard) ?? cardOf(credit_card) ?? cardOf(cardNumber),
    further: Object.keys(further).length === 0 ? undefined : further,
  }),
);

const example = { tenantId: 'default', name: 'Asha Verma', phone: '+91 98200 12345' };

/** The online shop changed details of a customer. Unknown fields are kept. */
export const DotnetRecordChanged = defineContract({
  type: 'guerdon.dotnet-record.changed.v1',
  topic: 'dotnet-details',
  summary: 'The online shop has new details of a customer.',
  schema: records,
  example: {
    ...{ ...example, recordId: 'u-48113', accountId: 'c-1007' },
    email: 'asha.verma@gmail.com',
    address: { line1: '14 Hill Road', city: 'Mumbai' },
    postcode: '400050',
  },
});

/** A store changed details of a customer. Unknown fields are kept. */
export const StoreRecordChanged = defineContract({
  type: 'guerdon.store-record.changed.v1',
  topic: 'store-details',
  summary: 'A store has new details of a customer.',
  schema: records,
  example: { ...example, creditCard: '4111 1111 1111 1111', date: '2026-11-21' },
});

/** A record that fits the contract. */
export type CustomerRecordData = z.output<typeof records>;
