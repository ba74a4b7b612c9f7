import type { RoutedEvent } from './routed-event.ts';

const attributeName = /^[a-z0-9]+$/;
const dateTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;

const isValid = (attributes: Readonly<Record<string, string>>): boolean => {
  const { specversion, id, source, type, time } = attributes;
  return (
    specversion === '1.0' &&
    Boolean(id && source && type) &&
    (time === undefined || dateTime.test(time)) &&
    Object.keys(attributes).every((name) => attributeName.test(name))
  );
};

/**
 * A CloudEvent in binary mode: attributes are the headers with a prefix (`ce-` on HTTP, `ce_` in Kafka), names in lower
 * case. Undefined when an attribute is missing or malformed.
 */
export const parseBinary = (
  headers: Iterable<readonly [name: string, value: string]>,
  prefix: 'ce-' | 'ce_',
  data: Buffer | undefined,
): RoutedEvent | undefined => {
  const attributes: Record<string, string> = {};
  for (const [name, value] of headers) {
    if (name.startsWith(prefix)) attributes[name.slice(prefix.length)] = value;
    else if (name === 'content-type') attributes['datacontenttype'] = value;
  }
  return isValid(attributes) ? { attributes, data } : undefined;
};

/** True for the content type of one event as a JSON envelope; a batch of them is nothing Knative takes. */
export const isStructured = (contentType: string | undefined): boolean =>
  /^application\/cloudevents\+json\s*(?:;|$)/i.test(contentType ?? '');

const isJson = (mediaType: string): boolean => /^[^;]*[/+]json\s*(?:;|$)/i.test(mediaType);

const dataOf = (envelope: Record<string, unknown>): Buffer | undefined => {
  const { data, data_base64: base64, datacontenttype } = envelope;
  if (typeof base64 === 'string') return Buffer.from(base64, 'base64');
  if (data === undefined || data === null) return undefined;
  const isText = typeof datacontenttype === 'string' && !isJson(datacontenttype);
  return Buffer.from(isText && typeof data === 'string' ? data : JSON.stringify(data));
};

const isScalar = (value: unknown): value is string | number | boolean =>
  ['string', 'number', 'boolean'].includes(typeof value);

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A CloudEvent in structured mode, a JSON envelope; undefined when it is malformed. */
export const parseStructured = (body: Buffer): RoutedEvent | undefined => {
  const envelope = parseJson(body.toString());
  if (!isObject(envelope)) return undefined;
  const { data: _, data_base64: __, ...rest } = envelope;
  const present = Object.entries(rest).filter(([, value]) => value !== null);
  if (!present.every(([, value]) => isScalar(value))) return undefined;
  const attributes = Object.fromEntries(present.map(([name, value]) => [name, String(value)]));
  return isValid(attributes) ? { attributes, data: dataOf(envelope) } : undefined;
};
