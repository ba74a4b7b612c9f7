import { z } from 'zod';
import { describe, type Manifest } from './manifest.ts';
import * as connect from './schemas/connect.ts';
import * as core from './schemas/core.ts';
import * as eventing from './schemas/eventing.ts';
import { service } from './schemas/service.ts';
import { kafkaSource, pingSource, sinkBinding } from './schemas/sources.ts';

/**
 * The schema of each kind: what the API server and the webhooks accept; where it is stricter, the
 * schema gives a reason.
 */
const schemas = {
  Service: service,
  KafkaSource: kafkaSource,
  PingSource: pingSource,
  SinkBinding: sinkBinding,
  KafkaSink: eventing.kafkaSink,
  KafkaTopic: eventing.kafkaTopic,
  KafkaConnect: connect.kafkaConnect,
  KafkaConnector: connect.kafkaConnector,
  Broker: eventing.broker,
  Trigger: eventing.trigger,
  ConfigMap: core.configMap,
  Secret: core.secret,
  Namespace: core.namespace,
  ServiceAccount: core.serviceAccount,
  NetworkPolicy: core.networkPolicy,
  PodDisruptionBudget: core.podDisruptionBudget,
} as const;

type Schemas = typeof schemas;

/** Every kind of manifest that the project deploys. */
export type Kind = keyof Schemas;

type AnyWritten = {
  [K in Kind]: z.input<Schemas[K]> & Readonly<{ file: string; text: string }>;
}[Kind];

/**
 * A manifest as its author wrote it, accepted but without defaults: rules check it, to notice what
 * is missing.
 */
export type Written<K extends Kind = Kind> = Extract<AnyWritten, { kind: K }>;

/**
 * A manifest with Knative's defaults filled in and durations in milliseconds: what the local
 * runtime runs.
 */
export type Resource<K extends Kind> = z.output<Schemas[K]> & Readonly<{ origin: string }>;

/** Where events go. */
export type Destination = Resource<'Trigger'>['spec']['subscriber'];
/** How often an event is delivered, with delays in milliseconds. */
export type Delivery = Resource<'KafkaSource'>['spec']['delivery'];

/** A condition on the attributes of an event. */
export type Filter = NonNullable<Resource<'Trigger'>['spec']['filters']>[number];

export type Service = Written<'Service'>;
export type KafkaSource = Written<'KafkaSource'>;
export type Trigger = Written<'Trigger'>;
export type SinkBinding = Written<'SinkBinding'>;
export type Container = Service['spec']['template']['spec']['containers'][0];
export type Variable = NonNullable<Container['env']>[number];

const isKind = (kind: string): kind is Kind => Object.hasOwn(schemas, kind);

/**
 * Why the cluster would refuse a manifest, a sentence for each field; empty for one that it would
 * accept.
 */
export const refusalsOf = (manifest: Manifest): readonly string[] => {
  const { kind } = manifest.body;
  if (!isKind(kind)) return [`${describe(manifest)}: there is no schema for ${kind}`];
  const issues = schemas[kind].safeParse(manifest.body).error?.issues ?? [];
  return issues.map(({ path, message }) => `${describe(manifest)}: ${path.join('.')}: ${message}`);
};

/** The manifest as its author wrote it. It must be one without refusals. */
export const writtenIn = ({ file, text, body }: Manifest): Written =>
  ({ ...body, file, text }) as unknown as Written;

const groupOf = (apiVersion: string): string => apiVersion.split('/').slice(0, -1).join();

/**
 * All manifests of one kind. A core Service is not a Knative one, so the API group counts too.
 * @throws Error that names the manifest and the field.
 */
export const resourcesOf = <K extends Kind>(
  manifests: readonly Manifest[],
  kind: K,
): Resource<K>[] => {
  const schema: z.ZodType = schemas[kind];
  const group = groupOf(schemas[kind].shape.apiVersion.value);
  return manifests
    .filter(({ body }) => body.kind === kind && groupOf(body.apiVersion) === group)
    .map((manifest) => {
      const origin = describe(manifest);
      const parsed = schema.safeParse(manifest.body);
      if (!parsed.success) throw new Error(`${origin}: ${z.prettifyError(parsed.error)}`);
      return { ...(parsed.data as z.output<Schemas[K]>), origin };
    });
};
