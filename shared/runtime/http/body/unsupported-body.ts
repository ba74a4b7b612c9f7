import type { IncomingHttpHeaders } from 'node:http';
import { HttpProblem } from '../problem.ts';

/** The refusal of a body of a media type that a route does not accept. */
export const unsupportedBody = (detail: string): HttpProblem =>
  new HttpProblem(415, 'unsupported-media-type', detail);

/** Refuses a compressed body. @throws HttpProblem 415 that names its Content-Encoding. */
export const requireNoEncoding = (headers: IncomingHttpHeaders): void => {
  const encoding = headers['content-encoding'] ?? '';
  if (/^(identity)?$/i.test(encoding)) return;
  throw unsupportedBody(`The body must not be encoded; its Content-Encoding is ${encoding}`);
};
