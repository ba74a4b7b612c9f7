import type { Correlation } from '#shared/domain/correlation.ts';
import type { CloudEvent } from '#shared/eventing/cloud-event.ts';
import type { Delivery } from './events/event-handler.ts';

/**
 * What an event passes on to everything it brings about: the extension `correlationid` if a cause
 * before it set one, else its own id, made unique by its source; its trace context, if valid; and
 * the extension `startedat`, else its own time, which for a plain record is that of the record.
 *
 * The extension `traceparent` wins: it is the event's own and the same in each delivery. The HTTP
 * header names the latest hop, which the dispatcher derives from a record's header `traceparent`
 * and changes with each delivery:
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

/** A trace context that was received: the header as it is passed on, and its trace id. */
type TraceContext = Readonly<{ traceparent: string; traceId: string }>;

/**
 * Reads a `traceparent`; undefined if it is missing or invalid, as the specification requires:
 * https://www.w3.org/TR/trace-context/#traceparent-header
 */
export const traceContextOf = (traceparent: unknown): TraceContext | undefined => {
  if (typeof traceparent !== 'string') return undefined;
  const traceId = format.exec(traceparent)?.[1];
  return traceId === undefined ? undefined : { traceparent, traceId };
};

/** Version, trace id, parent id, flags; the version ff and ids of zeros alone are invalid. */
const format = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-[\da-f]{2}$/;

/** Names the event of a delivery in what it brings about: its source, a blank, its id. */
export const causeOf = ({ event }: Pick<Delivery<unknown>, 'event'>): string =>
  `${event.source} ${event.id}`;
