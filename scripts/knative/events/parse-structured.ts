import { attributesOf, validAttributes } from './event-attributes.ts';
import { javaInt, parseJavaJson } from './java-json.ts';
import type { RoutedEvent } from './routed-event.ts';

type Envelope = Readonly<Record<string, unknown>>;

const utf8 = new TextDecoder('utf-8', { fatal: true });

const envelopeIn = (body: Buffer): Envelope | undefined => {
  try {
    const value = parseJavaJson(utf8.decode(body));
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Envelope) : undefined;
  } catch {
    return undefined;
  }
};

const jsonType = /^(?:application|text)\/(?:[a-zA-Z]+\+)?json(?:;.*)?$/;
const base64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/;

const bytesIn = (text: unknown): Buffer | undefined =>
  typeof text === 'string' && base64.test(text) ? Buffer.from(text, 'base64') : undefined;

const isBase64 = ({ specversion, datacontentencoding }: Envelope): boolean =>
  specversion === '0.3' && datacontentencoding === 'base64';

const isJson = ({ datacontenttype: type }: Envelope): boolean =>
  type === undefined || type === null || (typeof type === 'string' && jsonType.test(type));

/**
 * The payload: bytes, JSON without spaces, or text where the content type is not JSON; undefined
 * for anything else.
 */
const dataOf = (envelope: Envelope): Buffer | undefined => {
  const { data, data_base64: bytes } = envelope;
  if ('data_base64' in envelope) return 'data' in envelope ? undefined : bytesIn(bytes);
  if (isBase64(envelope)) return bytesIn(data);
  if (isJson(envelope)) return Buffer.from(JSON.stringify(data));
  return typeof data === 'string' ? Buffer.from(data) : undefined;
};

/** An extension as text: numbers only if they fit 32 bits; null, arrays and objects as JSON. */
const extensionText = (value: unknown): string | undefined => {
  if (typeof value === 'string') return value;
  const text = JSON.stringify(value);
  return /^[-\d]/.test(text) ? javaInt(value) : text;
};

/**
 * Every attribute as text; undefined if one cannot be text. Those of the specification are text, or
 * null if absent.
 */
const textsIn = (envelope: Envelope, known: readonly string[]) => {
  const { data: _, data_base64: __, ...attributes } = envelope;
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(attributes)) {
    const isKnown = known.includes(name);
    if (isKnown && value === null) continue;
    const text = isKnown ? value : extensionText(value);
    if (typeof text !== 'string') return undefined;
    texts[name] = text;
  }
  return texts;
};

const eventIn = (envelope: Envelope): RoutedEvent | undefined => {
  const texts = textsIn(envelope, attributesOf(envelope['specversion']) ?? []);
  const contentType = 'data' in envelope && { datacontenttype: 'application/json' };
  const attributes = texts && validAttributes({ ...contentType, ...texts });
  const hasData = 'data' in envelope || 'data_base64' in envelope;
  const data = hasData ? dataOf(envelope) : undefined;
  return attributes && hasData === (data !== undefined) ? { attributes, data } : undefined;
};

/**
 * A CloudEvent in structured mode, a JSON envelope; undefined when the Java SDK would refuse it.
 * Its data is serialized again without spaces, and is JSON unless the envelope declares otherwise.
 */
export const parseStructured = (body: Buffer): RoutedEvent | undefined => {
  const envelope = envelopeIn(body);
  return envelope && eventIn(envelope);
};
