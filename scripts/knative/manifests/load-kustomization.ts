import { existsSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import type { Body, Manifest } from './manifest.ts';
import { mergePatch } from './merge-patch.ts';

const generator = z.strictObject({ name: z.string(), literals: z.array(z.string()) });

/** The part of kustomize that is understood here; anything else in a kustomization is an error. */
const schema = z.strictObject({
  apiVersion: z.string(),
  kind: z.literal('Kustomization'),
  namespace: z.string().optional(),
  resources: z.array(z.string()).default([]),
  generatorOptions: z.strictObject({ disableNameSuffixHash: z.literal(true) }).optional(),
  configMapGenerator: z.array(generator).default([]),
  secretGenerator: z.array(generator).default([]),
  // Locally a bundle takes the place of the image.
  images: z.array(z.unknown()).optional(),
  patches: z
    .array(
      z.strictObject({
        target: z.strictObject({ kind: z.string(), name: z.string().optional() }),
        patch: z.string(),
      }),
    )
    .default([]),
});

type Kustomization = z.infer<typeof schema>;
type Patch = Kustomization['patches'][number];

const readKustomization = (file: string): Kustomization => {
  const { success, data, error } = schema.safeParse(parse(readFileSync(file, 'utf8')));
  if (success) return data;
  throw new Error(`Cannot use ${relative('.', file)}: ${z.prettifyError(error)}`);
};

const readResource = (path: string): Manifest[] => {
  if (!existsSync(path)) throw new Error(`${relative('.', path)} does not exist`);
  if (statSync(path).isDirectory()) return loadKustomization(path);
  const file = relative('.', path);
  return parseAllDocuments(readFileSync(path, 'utf8')).map((document) => {
    const [error] = document.errors;
    if (error) throw new Error(`${file}: ${error.message}`, { cause: error });
    return { file, body: document.toJS() as Body };
  });
};

const generate = (
  file: string,
  kind: 'ConfigMap' | 'Secret',
  { name, literals }: z.infer<typeof generator>,
): Manifest => {
  const values = literals.map((literal) => {
    const [key = '', ...value] = literal.split('=');
    return [key, value.join('=')] as const;
  });
  const field = kind === 'Secret' ? 'stringData' : 'data';
  const body = { apiVersion: 'v1', kind, metadata: { name }, [field]: Object.fromEntries(values) };
  return { file, body };
};

const applyPatch = (file: string, manifests: readonly Manifest[], patch: Patch): Manifest[] => {
  const { kind, name } = patch.target;
  const isTarget = ({ body }: Manifest) =>
    body.kind === kind && (name === undefined || body.metadata.name === name);
  if (!manifests.some(isTarget))
    throw new Error(`${file} patches ${kind} ${name ?? ''}: not found`);
  const { metadata, ...change } = parse(patch.patch) as Body;
  // A patch says which resource it is for by the name it carries; it renames nothing.
  const { name: _, ...rest } = metadata;
  return manifests.map((manifest) =>
    isTarget(manifest)
      ? { ...manifest, body: mergePatch(manifest.body, { ...change, metadata: rest }) as Body }
      : manifest,
  );
};

/** Reads a directory's kustomization as `kubectl kustomize` would, for the features it may use here. */
export const loadKustomization = (directory: string): Manifest[] => {
  const path = join(directory, 'kustomization.yaml');
  const file = relative('.', path);
  const kustomization = readKustomization(path);
  const { namespace, resources, configMapGenerator, secretGenerator, patches } = kustomization;
  const manifests = [
    ...resources.flatMap((resource) => readResource(join(directory, resource))),
    ...configMapGenerator.map((entry) => generate(file, 'ConfigMap', entry)),
    ...secretGenerator.map((entry) => generate(file, 'Secret', entry)),
  ];
  const patched = patches.reduce((all, patch) => applyPatch(file, all, patch), manifests);
  if (namespace === undefined) return patched;
  return patched.map(({ body, ...manifest }) => ({
    ...manifest,
    body: { ...body, metadata: { ...body.metadata, namespace } },
  }));
};
