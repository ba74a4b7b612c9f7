import { existsSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import type { Body, Manifest } from './manifest.ts';
import { mergePatch } from './merge-patch.ts';

const literal = z.string().regex(/^[^=]+=/, 'must be key=value');
const generator = z.strictObject({ name: z.string(), literals: z.array(literal) });

/** The part of kustomize that is understood here; anything else in a kustomization is an error. */
const schema = z
  .strictObject({
    apiVersion: z.string(),
    kind: z.literal('Kustomization'),
    namespace: z.string().optional(),
    resources: z.array(z.string()).default([]),
    generatorOptions: z.strictObject({ disableNameSuffixHash: z.literal(true) }).optional(),
    configMapGenerator: z.array(generator).default([]),
    secretGenerator: z.array(generator).default([]),
    images: z
      .array(z.strictObject({ name: z.string(), newName: z.string(), newTag: z.string() }))
      .default([]),
    patches: z
      .array(
        z.strictObject({
          target: z.strictObject({ kind: z.string(), name: z.string().optional() }),
          patch: z.string(),
        }),
      )
      .default([]),
  })
  .refine(
    ({ generatorOptions, configMapGenerator, secretGenerator }) =>
      generatorOptions !== undefined || configMapGenerator.length + secretGenerator.length === 0,
    'disableNameSuffixHash must be true, because manifests name Secrets and ConfigMaps as they are',
  );

type Kustomization = z.infer<typeof schema>;
type Patch = Kustomization['patches'][number];
type Image = Kustomization['images'][number];

/** The text of a file, or undefined when there is none. */
export type ReadText = (path: string) => string | undefined;

const readFromDisk: ReadText = (path) =>
  existsSync(path) ? readFileSync(path, 'utf8') : undefined;

const kustomizationIn = (directory: string): string => join(directory, 'kustomization.yaml');

const readKustomization = (path: string, read: ReadText): Kustomization => {
  const file = relative('.', path);
  const text = read(path);
  if (text === undefined) throw new Error(`${file} does not exist`);
  const { success, data, error } = schema.safeParse(parse(text));
  if (success) return data;
  throw new Error(`Cannot use ${file}: ${z.prettifyError(error)}`);
};

type Document = Omit<Manifest, 'file'>;

/**
 * Parsed manifests by their text: tests load all manifests again and again with one of them
 * changed.
 */
const parsedTexts = new Map<string, readonly Document[]>();

const parseDocuments = (text: string, file: string): readonly Document[] => {
  const known = parsedTexts.get(text);
  if (known) return known;
  let begin = 0;
  const documents = parseAllDocuments(text).map((document) => {
    const [error] = document.errors;
    if (error) throw new Error(`${file}: ${error.message}`, { cause: error });
    const own = text.slice(begin, document.range[2]);
    begin = document.range[2];
    return { text: own, body: document.toJS() as Body };
  });
  parsedTexts.set(text, documents);
  return documents;
};

const readResource = (path: string, read: ReadText): Manifest[] => {
  if (read(kustomizationIn(path)) !== undefined) return loadKustomization(path, read);
  const file = relative('.', path);
  const text = read(path);
  if (text === undefined) throw new Error(`${file} does not exist`);
  return parseDocuments(text, file).map((document) => ({ file, ...document }));
};

const generate = (
  file: string,
  kind: 'ConfigMap' | 'Secret',
  { name, literals }: z.infer<typeof generator>,
): Manifest => {
  const values = literals.map((entry) => {
    const [key = '', ...value] = entry.split('=');
    return [key, value.join('=')] as const;
  });
  const field = kind === 'Secret' ? 'stringData' : 'data';
  const body = { apiVersion: 'v1', kind, metadata: { name }, [field]: Object.fromEntries(values) };
  return { file, text: '', body };
};

const applyPatch = (file: string, manifests: readonly Manifest[], patch: Patch): Manifest[] => {
  const { kind, name } = patch.target;
  const isTarget = ({ body }: Manifest) =>
    body.kind === kind && (name === undefined || body.metadata.name === name);
  if (!manifests.some(isTarget))
    throw new Error(`${file} patches ${kind} ${name ?? ''}: not found`);
  const { metadata, ...change } = parse(patch.patch) as Body;
  // A patch names its resource; it renames nothing.
  const { name: _, ...rest } = metadata;
  return manifests.map((manifest) =>
    isTarget(manifest)
      ? { ...manifest, body: mergePatch(manifest.body, { ...change, metadata: rest }) as Body }
      : manifest,
  );
};

/** Replaces images of containers with those of the overlay, with their tags. */
const withImages = (value: unknown, images: readonly Image[]): unknown => {
  if (Array.isArray(value)) return value.map((item) => withImages(item, images));
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).map(([name, field]) => {
    const image = name === 'image' ? images.find((entry) => entry.name === field) : undefined;
    return [name, image ? `${image.newName}:${image.newTag}` : withImages(field, images)] as const;
  });
  return Object.fromEntries(fields);
};

/**
 * Reads a directory's kustomization as `kubectl kustomize` would, for the features it may use here.
 * @param read gives the text of a file by its path; the default reads from disk.
 * @throws Error that names the file: a kustomization of other features, a resource that does not
 * exist, YAML that does not parse, a patch that changes nothing.
 */
export const loadKustomization = (directory: string, read: ReadText = readFromDisk): Manifest[] => {
  const path = kustomizationIn(directory);
  const file = relative('.', path);
  const kustomization = readKustomization(path, read);
  const { namespace, resources, configMapGenerator, secretGenerator } = kustomization;
  const manifests = [
    ...resources.flatMap((resource) => readResource(join(directory, resource), read)),
    ...configMapGenerator.map((entry) => generate(file, 'ConfigMap', entry)),
    ...secretGenerator.map((entry) => generate(file, 'Secret', entry)),
  ];
  const patched = kustomization.patches.reduce(
    (all, patch) => applyPatch(file, all, patch),
    manifests,
  );
  return patched.map((manifest) => {
    const body = withImages(manifest.body, kustomization.images) as Body;
    const metadata = { ...body.metadata, ...(namespace && { namespace }) };
    return { ...manifest, body: { ...body, metadata } };
  });
};
