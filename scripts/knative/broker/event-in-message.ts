import type { IncomingHttpHeaders } from 'node:http';
import { isBatch, isStructured } from '../events/event-format.ts';
import { parseBinary } from '../events/parse-binary.ts';
import { parseStructured } from '../events/parse-structured.ts';
import type { RoutedEvent } from '../events/routed-event.ts';
import { traceIn } from '../events/trace-context.ts';

type Pairs = readonly (readonly [name: string, value: string])[];

const eventIn = (headers: Pairs, body: Buffer): RoutedEvent | undefined => {
  const contentType = headers.find(([name]) => name === 'content-type')?.[1];
  if (isBatch(contentType)) return undefined;
  return isStructured(contentType) ? parseStructured(body) : parseBinary(headers, 'ce-', body);
};

/** The CloudEvent in an HTTP request or response, in either mode; undefined when there is none. */
export const eventInMessage = (
  headers: IncomingHttpHeaders,
  body: Buffer,
): RoutedEvent | undefined => {
  const pairs = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  const event = eventIn(pairs, body);
  return event && { ...event, trace: traceIn(pairs) };
};
