import { z } from 'zod';
import { isInRange, isStorableText } from '#shared/domain/storable.ts';

/**
 * An identifier from outside: printable ASCII without blanks, so that it survives headers, keys and
 * logs unchanged.
 */
export const identifier = z
  .string({ error: (issue) => (issue.input === undefined ? 'is missing' : 'must be a string') })
  .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 printable ASCII characters without spaces');

const slugError = 'must be lower-case letters, digits and dashes, at most 63';

/**
 * The id of a tenant, program, cohort, board or pool: it appears in paths, headers of records and
 * Redis keys.
 */
export const slug = z
  .string({ error: ({ input }) => (input === undefined ? 'is missing' : slugError) })
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, slugError);

/** Whose points an event is about: a customer's wallet in a program. */
export const walletFields = {
  tenantId: slug,
  customerId: identifier,
  program: slug,
};

/** A wallet, for examples. */
export const walletExample = { tenantId: 'default', customerId: 'c-1007', program: 'points' };

/** An ISO 4217 code. */
export const currencyCode = z
  .string('must be a string')
  .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as INR');

/**
 * An instant from 1970 to 2999: ISO 8601 text on the wire, a Date inside; both directions share the
 * one codec.
 */
export const instant = z
  .codec(
    z.iso.datetime({ offset: true, error: 'must be an ISO 8601 instant with its offset' }),
    z.date(),
    {
      decode: (text) => new Date(text),
      encode: (date) => date.toISOString(),
    },
  )
  .refine(isInRange, 'must be from 1970 to 2999');

/** Text that databases can store: any Unicode but U+0000. */
export const text = z
  .string('must be a string')
  .refine(isStorableText, 'must be valid Unicode without U+0000');

/** The largest version number that fits its column. */
export const versionMax = 2_147_483_647;

const versionError = `must be a whole number from 1 to ${versionMax}`;

/** The number of a version of a schema, campaign or rule. */
export const versionNumber = z.int(versionError).min(1, versionError).max(versionMax, versionError);

/** JSON in a text. */
export const jsonText = z.string('must be a string').transform((json, context): unknown => {
  try {
    return JSON.parse(json);
  } catch {
    context.addIssue('must be JSON');
    return z.NEVER;
  }
});
