import type { IncomingMessage } from 'node:http';
import { HttpProblem } from '../problem.ts';
import type { AnyRoute } from '../route.ts';

/**
 * Reads the If-Match of a request for a route that takes one: a single strong entity tag, with its
 * quotes. Lists, weak tags and `*` are refused, because none of them identifies the version that is
 * changed.
 * @throws HttpProblem 428 when the route needs it and it is not there, 400 when it does not fit.
 */
export const readIfMatch = (
  { ifMatch }: Pick<AnyRoute, 'ifMatch'>,
  { headers }: IncomingMessage,
): string | undefined => {
  const value = headers['if-match'];
  if (ifMatch === undefined || (value === undefined && ifMatch === 'optional')) return undefined;
  if (value === undefined) {
    throw new HttpProblem(428, 'if-match-missing', 'If-Match header with the ETag is required');
  }
  if (/^"[\x21\x23-\x7e]*"$/.test(value)) return value;
  throw new HttpProblem(400, 'if-match-malformed', 'If-Match must be a single ETag as returned');
};
