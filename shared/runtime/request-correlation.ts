import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Correlation } from '#shared/domain/correlation.ts';

const current = new AsyncLocalStorage<Correlation>();

/**
 * What an HTTP request passes on to the events that it causes: its `x-correlation-id`, else the trace
 * id of its `traceparent`, else an id of its own; and its trace context. Headers that are not printable
 * ASCII of at most 200 characters, or no trace context, count as absent.
 */
export const correlationOfRequest = ({
  headers,
}: Pick<IncomingMessage, 'headers'>): Correlation => {
  const [id, trace] = [headers['x-correlation-id'], headers['traceparent']];
  const traceId = typeof trace === 'string' ? traceContext.exec(trace)?.[1] : undefined;
  return {
    correlationId:
      typeof id === 'string' && correlationId.test(id) ? id : (traceId ?? randomUUID()),
    traceparent: traceId === undefined ? undefined : String(trace),
  };
};

const correlationId = /^[\x20-\x7e]{1,200}$/;

/** https://www.w3.org/TR/trace-context/#traceparent-header */
const traceContext = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}$/;

/** Runs the handler of a request under its correlation. */
export const underCorrelation = <Result>(
  correlation: Correlation,
  handle: () => Promise<Result>,
): Promise<Result> => current.run(correlation, handle);

/** The correlation of the request that is being handled; none outside of one. */
export const currentCorrelation = (): Correlation => current.getStore() ?? {};
