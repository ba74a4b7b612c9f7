import type { IncomingMessage } from 'node:http';
import { HttpProblem } from '../problem.ts';

/** Long enough for any id, and short enough for an index. */
export const keyLengthMax = 255;

const missing = 'idempotency-key-missing';
const malformed = 'idempotency-key-malformed';

/**
 * Reads the Idempotency-Key of a request: 1 to 255 printable ASCII characters without spaces. The
 * quotes of a structured string (RFC 9651, required by
 * draft-ietf-httpapi-idempotency-key-header-07) are not part of it, and a bare word, as most
 * senders write it, is the same key.
 * @throws HttpProblem 400 when there is none, more than one, or one that does not fit.
 */
export const readIdempotencyKey = ({ headersDistinct }: IncomingMessage): string => {
  const [value, ...others] = headersDistinct['idempotency-key'] ?? [];
  if (value === undefined)
    throw new HttpProblem(400, missing, 'Idempotency-Key header is required');
  const key = unquote(value);
  if (others.length === 0 && fits.test(key)) return key;
  const detail = `The Idempotency-Key must be 1 to ${keyLengthMax} printable ASCII characters without spaces`;
  throw new HttpProblem(400, malformed, detail);
};

const fits = new RegExp(`^[\\x21-\\x7e]{1,${keyLengthMax}}$`);

const unquote = (value: string): string =>
  /^"(.*)"$/.exec(value)?.[1]?.replaceAll(/\\(["\\])/g, '$1') ?? value;
