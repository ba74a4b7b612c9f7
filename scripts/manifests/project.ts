import type { z } from 'zod';
import type { Container, Kind, Service, Written } from './kinds.ts';

/** The variables one function reads, by name, each with the schema that its value must pass. */
export type FunctionConfig = Readonly<{ name: string; shape: Readonly<Record<string, z.ZodType>> }>;

/**
 * Everything that the rules check: what an overlay deploys, and the parts of the project with which
 * it must agree.
 */
export type Project = Readonly<{
  /** Directory of the overlay. */
  overlay: string;
  /** Manifests that the cluster would accept, patches of the overlay merged in. */
  resources: readonly Written[];
  /** Why the cluster would refuse the others, or why the overlay cannot be built. */
  refusals: readonly string[];
  /** Paths of all manifests in `infra/`, deployed or not. */
  files: readonly string[];
  /** Names of the folders in `functions/`. */
  functionNames: readonly string[];
  /** The variables of functions that have a `config.ts`. */
  functionConfigs: readonly FunctionConfig[];
  /** The topic of every event contract. */
  contractTopics: readonly string[];
  /** docs/operations/deploy.md: where secrets that are made by hand must be explained. */
  deployGuide: string;
}>;

/** All manifests of one kind, with the fields of that kind. */
export const ofKind = <K extends Kind>({ resources }: Project, kind: K): readonly Written<K>[] =>
  resources.filter((resource): resource is Written<K> => resource.kind === kind);

/** Whether a manifest of that kind and name is among them. */
export const exists = (project: Project, kind: string, name: string | undefined): boolean =>
  project.resources.some((resource) => resource.kind === kind && resource.metadata.name === name);

/** The part of a Service that makes a revision. */
export const revisionOf = ({ spec }: Service) => spec.template.spec;

/** The function's container. */
export const containerOf = (service: Service): Container => revisionOf(service).containers[0];

/** The literal value of a variable, or undefined when it has none. */
export const literalOf = (service: Service, variable: string): string | undefined =>
  containerOf(service).env?.find(({ name }) => name === variable)?.value;

/** The label that removes a Service's public address. */
export const visibility = 'networking.knative.dev/visibility';

/** Whether only the cluster can call a Service. */
export const isInternal = ({ metadata }: Service): boolean =>
  metadata.labels?.[visibility] === 'cluster-local';

/** An annotation under which the autoscaler of Serving looks, by its short name. */
export const scaleOf = ({ spec }: Service, name: string): string | undefined =>
  spec.template.metadata?.annotations?.[`autoscaling.knative.dev/${name}`];
