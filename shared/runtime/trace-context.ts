/** A trace context that was received: the header as it is passed on, and its trace id. */
type TraceContext = Readonly<{ traceparent: string; traceId: string }>;

/**
 * Reads a `traceparent`; undefined where it is missing or invalid, as the specification asks:
 * https://www.w3.org/TR/trace-context/#traceparent-header
 */
export const traceContextOf = (traceparent: unknown): TraceContext | undefined => {
  if (typeof traceparent !== 'string') return undefined;
  const traceId = format.exec(traceparent)?.[1];
  return traceId === undefined ? undefined : { traceparent, traceId };
};

/** Version, trace id, parent id, flags; the version ff and ids of zeros alone are invalid. */
const format = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;
