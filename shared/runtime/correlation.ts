import type { Correlation } from '#shared/domain/correlation.ts';
import type { CloudEvent } from '#shared/eventing/cloud-event.ts';
import { traceContextOf } from './trace-context.ts';

/**
 * What an event passes on to everything it brings about: the extension `correlationid` if a cause
 * before it set one, else its own id, made unique by its source; and its trace context, if valid.
 */
export const correlationOf = ({ extensions, source, id }: CloudEvent): Correlation => ({
  correlationId: extensions['correlationid'] ?? `${source} ${id}`,
  traceparent: traceContextOf(extensions['traceparent'])?.traceparent,
});
