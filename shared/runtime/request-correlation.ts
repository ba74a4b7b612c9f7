import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Correlation } from '#shared/domain/correlation.ts';
import { traceContextOf } from '#shared/eventing/cloud-event.ts';

const current = new AsyncLocalStorage<Correlation>();

/**
 * What an HTTP request passes on to the events that it causes: its `x-correlation-id`, else the
 * trace id of its `traceparent`, else a new id; and its trace context. Headers that are not
 * printable ASCII of at most 200 characters, and an invalid trace context, count as absent.
 */
export const correlationOfRequest = ({
  headers,
}: Pick<IncomingMessage, 'headers'>): Correlation => {
  const id = headers['x-correlation-id'];
  const trace = traceContextOf(headers['traceparent']);
  return {
    correlationId:
      typeof id === 'string' && correlationId.test(id) ? id : (trace?.traceId ?? randomUUID()),
    traceparent: trace?.traceparent,
  };
};

const correlationId = /^[\x20-\x7e]{1,200}$/;

/** Runs the handler of a request under its correlation. */
export const underCorrelation = <Result>(
  correlation: Correlation,
  handle: () => Promise<Result>,
): Promise<Result> => current.run(correlation, handle);

/** The correlation of the request that is being handled; none outside of one. */
export const currentCorrelation = (): Correlation => current.getStore() ?? {};
