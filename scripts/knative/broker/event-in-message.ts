import type { IncomingHttpHeaders } from 'node:http';
import { isStructured, parseBinary, parseStructured } from '../parse-event.ts';
import type { RoutedEvent } from '../routed-event.ts';

/** The CloudEvent in an HTTP request or response, in either mode; undefined when there is none. */
export const eventInMessage = (
  headers: IncomingHttpHeaders,
  body: Buffer,
): RoutedEvent | undefined => {
  if (isStructured(headers['content-type'])) return parseStructured(body);
  const pairs = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  return parseBinary(pairs, 'ce-', body.length > 0 ? body : undefined);
};
