import type { Message } from 'kafkajs';
import type { RoutedEvent } from '../events/routed-event.ts';
import { nextHop } from '../events/trace-context.ts';

type Attributes = RoutedEvent['attributes'];

/** Receivers write version 1.0, whichever version an event has. */
const upgraded = ({ schemaurl, ...attributes }: Attributes): Attributes => ({
  ...attributes,
  ...(schemaurl !== undefined && { dataschema: schemaurl }),
  specversion: '1.0',
});

/**
 * An event as a Kafka record in binary mode; its key is the `partitionkey` extension, and null
 * without one.
 */
export const eventToMessage = ({ attributes: sent, data, trace }: RoutedEvent): Message => {
  const attributes = sent['specversion'] === '0.3' ? upgraded(sent) : sent;
  const headers: Record<string, string> = { ...nextHop(trace) };
  for (const name in attributes) {
    const header = name === 'datacontenttype' ? 'content-type' : `ce_${name}`;
    headers[header] = attributes[name] ?? '';
  }
  return { key: attributes['partitionkey'] ?? null, value: data ?? null, headers };
};
