import { javaTime } from './java-time.ts';

type Attributes = Readonly<Record<string, string>>;

const required = ['id', 'source', 'type'] as const;
const common = ['specversion', ...required, 'datacontenttype', 'subject', 'time'];
const versions: ReadonlyMap<unknown, readonly string[]> = new Map([
  ['1.0', [...common, 'dataschema']],
  ['0.3', [...common, 'schemaurl', 'datacontentencoding']],
]);
const uris = ['source', 'dataschema', 'schemaurl'];

/**
 * The attributes that a version of CloudEvents defines; undefined for a version that the Java SDK
 * does not know.
 */
export const attributesOf = (specversion: unknown): readonly string[] | undefined =>
  versions.get(specversion);

const uriCharacters = /^(?:[^\p{C}\p{Z}"%<>[\\\]^`{|}#]|%[\da-f]{2})*(?:#[^#]*)?$/iu;
const badScheme = /^(?![a-z][a-z\d+.-]*:[^#])[^/?#]*:/i;

/**
 * Whether java.net.URI would parse a text, judging by characters and scheme: blanks make it no URI,
 * emptiness does not.
 */
const isUri = (text: string): boolean => {
  const [address = '', fragment = ''] = text.split('#');
  return uriCharacters.test(text) && uriCharacters.test(fragment) && !badScheme.test(address);
};

const isExtensionName = (name: string): boolean => /^[a-z0-9]+$/.test(name);

/**
 * The attributes of an event as the Java SDK would write them again, `time` in its own form;
 * undefined when it refuses them. It requires id, source and type, but they may be empty.
 */
export const validAttributes = (attributes: Attributes): Attributes | undefined => {
  const known = attributesOf(attributes['specversion']);
  const areValid =
    known !== undefined &&
    required.every((name) => attributes[name] !== undefined) &&
    uris.every((name) => !known.includes(name) || isUri(attributes[name] ?? '')) &&
    Object.keys(attributes).every((name) => known.includes(name) || isExtensionName(name));
  if (!areValid) return undefined;
  // It describes how a 0.3 envelope encoded its data; the SDK drops it.
  const { datacontentencoding: _, ...rest } = attributes;
  const kept = known.includes('datacontentencoding') ? rest : attributes;
  if (kept['time'] === undefined) return kept;
  const time = javaTime(kept['time']);
  return time === undefined ? undefined : { ...kept, time };
};
