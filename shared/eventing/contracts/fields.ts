import { z } from 'zod';

/** An identifier from outside: printable ASCII without blanks, so that it survives headers, keys and logs unchanged. */
export const identifier = z
  .string({ error: (issue) => (issue.input === undefined ? 'is missing' : 'must be a string') })
  .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 printable ASCII characters without blanks');

/** A tenant's id: it appears in paths, topics' headers and Redis keys. */
export const tenantIdentifier = z
  .string('must be a string')
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be lower-case letters, digits and dashes, at most 63');

/** An ISO 4217 code. */
export const currencyCode = z
  .string('must be a string')
  .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as INR');

/** ISO 8601 text on the wire, a Date inside; both directions share the one codec. */
export const instant = z.codec(
  z.iso.datetime({ offset: true, error: 'must be an ISO 8601 instant with its offset' }),
  z.date(),
  {
    decode: (text) => new Date(text),
    encode: (date) => date.toISOString(),
  },
);
