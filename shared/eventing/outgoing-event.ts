import type { CloudEventV1 } from 'cloudevents';
import type { Fact } from './fact.ts';

/** What all our facts say of where they come from: a URI reference, as the specification asks. */
const factSource = '/guerdon';

/**
 * The attributes of a fact as a CloudEvent, the same on every road; its data goes beside them as
 * JSON.
 */
export const outgoingEvent = (fact: Fact): CloudEventV1<string> => ({
  specversion: '1.0',
  id: fact.id,
  source: factSource,
  type: fact.type,
  time: fact.time.toISOString(),
  partitionkey: fact.partitionKey,
  tenantid: fact.tenantId,
  ...(fact.correlationId !== undefined && { correlationid: fact.correlationId }),
  ...(fact.traceparent !== undefined && { traceparent: fact.traceparent }),
  ...(fact.startedAt !== undefined && { startedat: fact.startedAt }),
});
