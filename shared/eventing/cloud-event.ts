/**
 * A CloudEvent 1.0 as the functions see it: attributes by name, extensions apart, JSON data parsed
 * but not yet checked.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
export type CloudEvent = Readonly<{
  id: string;
  source: string;
  type: string;
  subject?: string | undefined;
  /** When it happened, as the producer wrote it: RFC 3339. */
  time?: string | undefined;
  datacontenttype?: string | undefined;
  dataschema?: string | undefined;
  /** Extension attributes by lower-case name. All transports carry them as text. */
  extensions: Readonly<Record<string, string>>;
  /** The header `traceparent` of the request that delivered it, unchecked. */
  hopTraceparent?: string | undefined;
  /**
   * Parsed JSON; a Buffer for any other content type; undefined when there is none (a Kafka
   * tombstone).
   */
  data: unknown;
}>;
