import { isUtf8 } from 'node:buffer';
import type { IncomingHttpHeaders } from 'node:http';
import type { Correlation } from '#shared/domain/correlation.ts';
import { InvalidEvent } from '#shared/domain/errors.ts';
import { isStorableText } from '#shared/domain/storable.ts';

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

/**
 * Decodes a CloudEvent from an HTTP request, binary or structured, as the CloudEvents HTTP binding
 * defines them:
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
 * Written by hand because it runs once per event and the SDK costs an order of magnitude more; a
 * differential test compares it with the SDK. Header values are taken as they are: Knative's
 * dispatcher does not percent-encode them.
 * @throws InvalidEvent naming what is missing or malformed.
 */
export const decodeCloudEvent = (headers: IncomingHttpHeaders, body: Buffer): CloudEvent => {
  const contentType = headers['content-type'];
  const mediaType = contentType === undefined ? undefined : mediaTypeOf(contentType);
  if (mediaType === 'application/cloudevents+json') return decodeStructured(headers, body);
  if (mediaType?.startsWith('application/cloudevents')) {
    throw new InvalidEvent(
      'unsupported-mode',
      `Events must be single JSON documents, got ${mediaType}`,
    );
  }
  return decodeBinary(headers, body);
};

const decodeBinary = (headers: IncomingHttpHeaders, body: Buffer): CloudEvent => {
  requireVersion(headers['ce-specversion']);
  return new BinaryEvent(headers, body);
};

/**
 * A class for the sake of its one getter: a getter in an object literal gives every event a hidden
 * class of its own, which cost 550 bytes of old space an event and tripled the memory of the host.
 */
class BinaryEvent implements CloudEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject: string | undefined;
  readonly time: string | undefined;
  readonly dataschema: string | undefined;
  readonly datacontenttype: string | undefined;
  readonly hopTraceparent: string | undefined;
  readonly data: unknown;
  readonly #headers: IncomingHttpHeaders;
  #extensions: Record<string, string> | undefined;

  constructor(headers: IncomingHttpHeaders, body: Buffer) {
    this.id = required('id', headers['ce-id']);
    this.source = required('source', headers['ce-source']);
    this.type = required('type', headers['ce-type']);
    this.subject = headers['ce-subject'] as string | undefined;
    this.time = headers['ce-time'] as string | undefined;
    this.dataschema = headers['ce-dataschema'] as string | undefined;
    this.datacontenttype = headers['content-type'];
    this.hopTraceparent = headers['traceparent'] as string | undefined;
    this.data = decodeData(this.datacontenttype, body);
    this.#headers = headers;
  }

  /** Few functions read them, and finding them means reading all headers. */
  get extensions(): Record<string, string> {
    this.#extensions ??= extensionsAmong(this.#headers);
    return this.#extensions;
  }
}

const extensionsAmong = (headers: IncomingHttpHeaders): Record<string, string> => {
  const extensions: Record<string, string> = {};
  for (const name in headers) {
    if (name.startsWith('ce-') && !coreHeaders.has(name)) {
      extensions[name.slice(3)] = headers[name] as string;
    }
  }
  return extensions;
};

const coreHeaders = new Set(
  ['specversion', 'id', 'source', 'type', 'subject', 'time', 'dataschema'].map(
    (name) => `ce-${name}`,
  ),
);

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md */
const decodeStructured = (headers: IncomingHttpHeaders, body: Buffer): CloudEvent => {
  const envelope = parseJson(body);
  if (typeof envelope !== 'object' || envelope === null || Array.isArray(envelope)) {
    throw new InvalidEvent('malformed-envelope', 'A structured event must be a JSON object');
  }
  const { specversion, id, source, type, subject, time, dataschema, datacontenttype, ...rest } =
    envelope as Record<string, unknown>;
  requireVersion(specversion);
  const { data, data_base64: base64, ...others } = rest;
  const contentType = optional('datacontenttype', datacontenttype);
  return {
    id: required('id', id),
    source: required('source', source),
    type: required('type', type),
    subject: optional('subject', subject),
    time: optional('time', time),
    dataschema: optional('dataschema', dataschema),
    datacontenttype: contentType,
    extensions: Object.fromEntries(Object.entries(others).map(toExtension)),
    hopTraceparent: headers['traceparent'] as string | undefined,
    data: base64 === undefined ? data : decodeData(contentType, decodeBase64(base64)),
  };
};

const toExtension = ([name, value]: [string, unknown]): [string, string] => {
  if (typeof value === 'string') return [name, storable(name, value)];
  if (typeof value === 'number' || typeof value === 'boolean') return [name, String(value)];
  throw new InvalidEvent('malformed-attribute', `Extension ${name} must be a scalar`);
};

/**
 * JSON is parsed, also where no content type is given, as for plain Kafka records; anything else
 * stays bytes.
 */
const decodeData = (contentType: string | undefined, body: Buffer): unknown => {
  if (body.length === 0) return undefined;
  if (contentType === undefined) return isFramed(body) ? body : parseJson(body);
  return isJson(mediaTypeOf(contentType)) ? parseJson(body) : body;
};

/**
 * Whether data is bytes that begin with a zero, as no JSON does: Avro with the number of its schema
 * in front, as producers with a schema registry write it, mostly without a content type.
 */
export const isFramed = (data: unknown): data is Buffer => Buffer.isBuffer(data) && data[0] === 0;

const isJson = (mediaType: string): boolean =>
  mediaType === 'application/json' || mediaType === 'text/json' || mediaType.endsWith('+json');

const mediaTypeOf = (contentType: string): string => {
  const end = contentType.indexOf(';');
  return (end < 0 ? contentType : contentType.slice(0, end)).trim().toLowerCase();
};

const parseJson = (body: Buffer): unknown => {
  if (!isUtf8(body)) throw new InvalidEvent('invalid-utf8', 'The data must be UTF-8');
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch (error) {
    throw new InvalidEvent('malformed-json', 'The data must be JSON', { cause: error });
  }
};

const decodeBase64 = (value: unknown): Buffer => {
  if (typeof value === 'string') return Buffer.from(value, 'base64');
  throw new InvalidEvent('malformed-envelope', 'data_base64 must be a string');
};

const requireVersion = (value: unknown): void => {
  if (value === '1.0') return;
  const got = typeof value === 'string' ? value.slice(0, 20) : 'none';
  throw new InvalidEvent('not-a-cloud-event', `A CloudEvent needs specversion 1.0, got ${got}`);
};

const required = (name: string, value: unknown): string => {
  if (typeof value === 'string' && value !== '') return storable(name, value);
  throw new InvalidEvent('missing-attribute', `CloudEvent attribute ${name} is missing`);
};

const optional = (name: string, value: unknown): string | undefined => {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') return storable(name, value);
  throw new InvalidEvent('malformed-attribute', `CloudEvent attribute ${name} must be a string`);
};

/**
 * JSON can write what no header can: attributes are stored and sent on, so they must be storable.
 */
const storable = (name: string, value: string): string => {
  if (isStorableText(value)) return value;
  const detail = `CloudEvent attribute ${name} must be valid Unicode without U+0000`;
  throw new InvalidEvent('malformed-attribute', detail);
};

/**
 * What an event passes on to everything that it causes: the extension `correlationid` if an earlier
 * cause set one, else its own id, made unique by its source; its trace context, if valid; and the
 * extension `startedat`, else its own time, which for a plain record is that of the record.
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

/** Identifies an event as a cause: its source, a blank, its id. */
export const causeOf = ({ source, id }: CloudEvent): string => `${source} ${id}`;
