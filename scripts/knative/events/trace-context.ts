import { randomBytes } from 'node:crypto';

/** The trace that an event belongs to, as in W3C headers. */
export type TraceContext = Readonly<{ traceparent: string; tracestate: string | undefined }>;

type Headers = Iterable<readonly [name: string, value: string]>;

const parentPattern = /^(00-[\da-f]{32})-[\da-f]{16}-([\da-f]{2})$/;
const printable = /^[\x20-\x7e]+$/;

/**
 * The trace context among the headers of a record or a request, whatever the case of their names.
 */
export const traceIn = (headers: Headers): TraceContext | undefined => {
  const byName = new Map(Array.from(headers, ([name, value]) => [name.toLowerCase(), value]));
  const traceparent = byName.get('traceparent') ?? '';
  if (!parentPattern.test(traceparent)) return undefined;
  const state = byName.get('tracestate') ?? '';
  return { traceparent, tracestate: printable.test(state) ? state : undefined };
};

/** The headers of the next hop: the same trace, a new span. */
export const nextHop = (trace: TraceContext | undefined): Readonly<Record<string, string>> => {
  if (trace === undefined) return {};
  const span = randomBytes(8).toString('hex');
  const traceparent = trace.traceparent.replace(parentPattern, `$1-${span}-$2`);
  return trace.tracestate === undefined
    ? { traceparent }
    : { traceparent, tracestate: trace.tracestate };
};
