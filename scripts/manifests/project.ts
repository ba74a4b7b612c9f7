import type { z } from 'zod';
import type { Container, Kustomization, Resource, Service } from './kinds.ts';

/** The variables one function reads, by name, each with the schema that its value must pass. */
export type FunctionConfig = Readonly<{ name: string; shape: Readonly<Record<string, z.ZodType>> }>;

/** All that the rules look at: the manifests, and the parts of the project that they must agree with. */
export type Project = Readonly<{
  resources: readonly Resource[];
  kustomizations: readonly Kustomization[];
  /** Names of the folders in `functions/`. */
  functionNames: readonly string[];
  /** Of the functions that have a `config.ts`. */
  functionConfigs: readonly FunctionConfig[];
  /** The topic of every event contract. */
  contractTopics: readonly string[];
  /** docs/operations/deploy.md: where secrets that are made by hand must be explained. */
  deployGuide: string;
}>;

/** All manifests of one kind, with the fields of that kind. */
export const ofKind = <Kind extends Resource['kind']>(
  { resources }: Project,
  kind: Kind,
): readonly Extract<Resource, { kind: Kind }>[] =>
  resources.filter(
    (resource): resource is Extract<Resource, { kind: Kind }> => resource.kind === kind,
  );

/** Whether a manifest of that kind and name is among them. */
export const exists = (project: Project, kind: string, name: string | undefined): boolean =>
  project.resources.some((resource) => resource.kind === kind && resource.metadata.name === name);

/** The part of a Service that makes a revision. */
export const revisionOf = (service: Service) => service.spec?.template?.spec ?? {};

/** The function's container; empty when there is none. */
export const containerOf = (service: Service): Container =>
  revisionOf(service).containers?.[0] ?? {};

/** The literal value of a variable, or undefined when it has none. */
export const literalOf = (service: Service, variable: string): string | undefined =>
  containerOf(service).env?.find(({ name }) => name === variable)?.value;

/** An annotation under which the autoscaler of Serving looks, by its short name. */
export const scaleOf = (service: Service, name: string): string | undefined =>
  service.spec?.template?.metadata?.annotations?.[`autoscaling.knative.dev/${name}`];
