import { parse } from 'yaml';
import type { Kustomization, Patch, Resource } from './kinds.ts';
import type { Project } from './project.ts';

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Merges fields into fields and replaces everything else, lists too: what kustomize does to a custom resource. */
const merged = (target: unknown, patch: unknown): unknown => {
  if (!isFields(target) || !isFields(patch)) return patch;
  const changes = Object.entries(patch).map(([name, value]) => [name, merged(target[name], value)]);
  const fields = Object.entries({ ...target, ...(Object.fromEntries(changes) as Fields) });
  return Object.fromEntries(fields.filter(([, value]) => value !== null));
};

/** Whether a patch is meant for that resource; a target without a name means all of its kind. */
export const isFor = ({ target }: Patch, { kind, metadata }: Resource): boolean =>
  target?.kind === kind && (target.name === undefined || target.name === metadata.name);

const patched = (resource: Resource, { patch = '' }: Patch): Resource => {
  const change = parse(patch) as Resource;
  // With a target, the patch's own name means nothing.
  const metadata = { ...change.metadata, name: resource.metadata.name };
  return merged(resource, { ...change, metadata }) as Resource;
};

/** The project as an overlay deploys it, its patches merged in. */
export const overlaid = (project: Project, { patches = [] }: Kustomization): Project => ({
  ...project,
  resources: project.resources.map((resource) =>
    patches.filter((patch) => isFor(patch, resource)).reduce(patched, resource),
  ),
});
