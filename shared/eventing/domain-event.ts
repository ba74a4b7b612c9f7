import type { CloudEventV1 } from 'cloudevents';
import type { z } from 'zod';
import type { Correlation } from '#shared/domain/correlation.ts';
import type { Contract } from './contract.ts';
import { derivedId } from './derived-id.ts';

/** An event that is to be published. */
export type DomainEvent = Correlation &
  Readonly<{
    id: string;
    type: string;
    topic: string;
    /** The Kafka key: events of one customer keep their order. */
    partitionKey: string;
    /** When it became true in the world, not when it was sent. */
    time: Date;
    tenantId: string;
    data: unknown;
  }>;

/** The content of an event, and what its id is derived from. */
export type Particulars<Schema extends z.ZodType> = Readonly<{
  /** Its cause in business terms: the same cause always gives the same event id. */
  cause: readonly [tenantId: string, ...keys: string[]];
  partitionKey: string;
  time: Date;
  data: z.input<Schema>;
  /** What it is published under; undefined where that is the event whose handling publishes it. */
  correlation?: Correlation | undefined;
}>;

/**
 * Builds an event with an id that is the UUIDv5 of cause and type, so that a redelivery publishes
 * the same event with the same id.
 */
export const domainEventOf = <Schema extends z.ZodType>(
  contract: Contract<Schema>,
  { cause, partitionKey, time, data, correlation }: Particulars<Schema>,
): DomainEvent => ({
  id: derivedId(contract.type, ...cause),
  type: contract.type,
  topic: contract.topic,
  partitionKey,
  time,
  tenantId: cause[0],
  data,
  ...correlation,
});

/** The source of all our events: a URI reference, as the specification requires. */
export const eventSource = '/guerdon';

/**
 * The attributes of an event as a CloudEvent, the same for every transport; its data is sent with
 * them as JSON.
 */
export const outgoingEvent = (domainEvent: DomainEvent): CloudEventV1<string> => ({
  specversion: '1.0',
  id: domainEvent.id,
  source: eventSource,
  type: domainEvent.type,
  time: domainEvent.time.toISOString(),
  partitionkey: domainEvent.partitionKey,
  tenantid: domainEvent.tenantId,
  ...(domainEvent.correlationId !== undefined && { correlationid: domainEvent.correlationId }),
  ...(domainEvent.traceparent !== undefined && { traceparent: domainEvent.traceparent }),
  ...(domainEvent.startedAt !== undefined && { startedat: domainEvent.startedAt }),
});
