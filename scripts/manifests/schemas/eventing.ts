import { z } from 'zod';
import { delivery, destination, exactlyOneOf, metadata } from './parts.ts';
import { consumerAnnotations } from './scaling.ts';

export const kafkaSink = z.strictObject({
  apiVersion: z.literal('eventing.knative.dev/v1alpha1'),
  kind: z.literal('KafkaSink'),
  metadata,
  spec: z.strictObject({
    topic: z.string().min(1),
    bootstrapServers: z.array(z.string()).min(1),
    contentMode: z.enum(['binary', 'structured']).default('binary'),
    numPartitions: z.int().min(1).optional(),
    replicationFactor: z.int().min(1).optional(),
    auth: z.looseObject({}).optional(),
  }),
});

export const kafkaTopic = z.strictObject({
  apiVersion: z.literal('kafka.strimzi.io/v1'),
  kind: z.literal('KafkaTopic'),
  metadata,
  spec: z.strictObject({
    topicName: z.string().optional(),
    partitions: z.int().min(1).default(1),
    replicas: z.int().min(1).max(32_767).default(1),
    config: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
  }),
});

export const broker = z.strictObject({
  apiVersion: z.literal('eventing.knative.dev/v1'),
  kind: z.literal('Broker'),
  metadata,
  spec: z
    .strictObject({
      config: z
        .strictObject({
          apiVersion: z.string(),
          kind: z.literal('ConfigMap'),
          name: z.string().min(1),
          namespace: z.string().optional(),
        })
        .optional(),
      delivery: delivery.optional(),
    })
    .prefault({}),
});

const attributes = z.record(z.string().regex(/^[a-z][a-z0-9]*$/), z.string());

/** A condition on the attributes of an event, in one dialect. */
type Filter = Readonly<{
  exact?: Readonly<Record<string, string>> | undefined;
  prefix?: Readonly<Record<string, string>> | undefined;
  suffix?: Readonly<Record<string, string>> | undefined;
  all?: readonly Filter[] | undefined;
  any?: readonly Filter[] | undefined;
  not?: Filter | undefined;
}>;

const dialects = ['exact', 'prefix', 'suffix', 'all', 'any', 'not'] as const;

/**
 * One dialect each. Stricter than the webhook without `cesql`, which the local runtime cannot
 * evaluate.
 */
const filter: z.ZodType<Filter, Filter> = z.lazy(() =>
  z
    .strictObject({
      exact: attributes,
      prefix: attributes,
      suffix: attributes,
      all: z.array(filter),
      any: z.array(filter),
      not: filter,
    })
    .partial()
    .refine(exactlyOneOf(...dialects), `needs exactly one of ${dialects.join(', ')}`),
);

/**
 * Stricter than the API server, which keeps unknown fields of a Trigger's spec: nothing would read
 * them.
 */
export const trigger = z.strictObject({
  apiVersion: z.literal('eventing.knative.dev/v1'),
  kind: z.literal('Trigger'),
  metadata: z.strictObject({ ...metadata.shape, annotations: consumerAnnotations.default({}) }),
  spec: z.strictObject({
    broker: z.string().min(1),
    filter: z.strictObject({ attributes: attributes.default({}) }).optional(),
    filters: z.array(filter).optional(),
    delivery: delivery.optional(),
    subscriber: destination,
  }),
});
