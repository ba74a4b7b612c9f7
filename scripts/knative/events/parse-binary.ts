import { validAttributes } from './event-attributes.ts';
import type { RoutedEvent } from './routed-event.ts';

/**
 * A CloudEvent in binary mode: attributes are the headers with a prefix (`ce-` on HTTP, `ce_` in
 * Kafka). Undefined when the Java SDK would refuse one of them. Empty data is no data.
 */
export const parseBinary = (
  headers: Iterable<readonly [name: string, value: string]>,
  prefix: 'ce-' | 'ce_',
  data: Buffer | undefined,
): RoutedEvent | undefined => {
  const entries = Array.from(headers).flatMap(([name, value]) => {
    if (name === 'content-type') return [['datacontenttype', value] as const];
    const isAttribute = name.startsWith(prefix) && name.length > prefix.length;
    return isAttribute ? [[name.slice(prefix.length).toLowerCase(), value] as const] : [];
  });
  const attributes = validAttributes(Object.fromEntries(entries));
  return attributes && { attributes, data: data?.length ? data : undefined };
};
