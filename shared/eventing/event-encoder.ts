import type { DomainEvent } from './domain-event.ts';

/** Encodes the data of some events in another way than JSON. */
export type EventEncoder = Readonly<{
  contentType: string;
  /**
   * The data of an event; undefined for an event that stays JSON.
   * @throws Unavailable when it cannot be encoded now, InvalidEvent when it never can.
   */
  encode: (domainEvent: DomainEvent) => Promise<Buffer | undefined>;
}>;
