import type { Correlation } from '#shared/domain/correlation.ts';
import type { CloudEvent } from '#shared/eventing/cloud-event.ts';
import { traceContextOf } from './trace-context.ts';

/**
 * What an event passes on to everything it brings about: the extension `correlationid` if a cause
 * before it set one, else its own id, made unique by its source; its trace context, if valid; and
 * the extension `startedat`, else its own time, which for a plain record is that of the record.
 *
 * The extension `traceparent` wins: it is the event's own and the same in each delivery. The HTTP
 * header names the latest hop, which the dispatcher derives from a record's header `traceparent` and
 * changes with each delivery:
 * https://github.com/cloudevents/spec/blob/main/cloudevents/extensions/distributed-tracing.md
 */
export const correlationOf = ({
  extensions,
  hopTraceparent,
  source,
  id,
  time,
}: CloudEvent): Correlation => ({
  correlationId: extensions['correlationid'] ?? `${source} ${id}`,
  traceparent: (traceContextOf(extensions['traceparent']) ?? traceContextOf(hopTraceparent))
    ?.traceparent,
  startedAt: extensions['startedat'] ?? time,
});
