import type { TraceContext } from './trace-context.ts';

/**
 * A CloudEvent on its way through the data plane: every attribute, extensions included, as text
 * under its own name, and the payload as bytes. It is not parsed further, so it arrives as it was
 * sent.
 */
export type RoutedEvent = Readonly<{
  attributes: Readonly<Record<string, string>>;
  /** Undefined when there is none: a Kafka tombstone, an empty request. */
  data: Buffer | undefined;
  /** The trace that the record or request was part of. */
  trace?: TraceContext | undefined;
}>;

/** The same event with more extensions; later ones win. */
export const withExtensions = (
  event: RoutedEvent,
  extensions: Readonly<Record<string, string>>,
): RoutedEvent => ({ ...event, attributes: { ...event.attributes, ...extensions } });
