import { z } from 'zod';
import { isoSeconds } from '#scripts/manifests/durations.ts';
import { describe, type Manifest } from './manifest.ts';

const duration = z.string().transform((text, context) => {
  const seconds = isoSeconds(text);
  if (Number.isNaN(seconds)) context.addIssue(`Not an ISO 8601 duration: ${text}`);
  return Math.round(seconds * 1000);
});

const destination = z
  .object({
    ref: z
      .object({ kind: z.string(), name: z.string(), namespace: z.string().optional() })
      .optional(),
    uri: z.string().optional(),
  })
  .refine(({ ref, uri }) => ref !== undefined || uri !== undefined, 'Needs ref or uri');

/** A `delivery` that is there replaces every default, so one without `retry` retries nothing. */
const delivery = z.object({
  retry: z.int().min(0).default(0),
  backoffPolicy: z.enum(['linear', 'exponential']).default('exponential'),
  backoffDelay: duration.prefault('PT0.2S'),
  timeout: duration.prefault('PT600S'),
  deadLetterSink: destination.optional(),
});

const metadata = z.object({
  name: z.string(),
  namespace: z.string().default('default'),
  labels: z.record(z.string(), z.string()).default({}),
  annotations: z.record(z.string(), z.string()).default({}),
});

const keyReference = z.object({
  name: z.string(),
  key: z.string(),
  optional: z.boolean().default(false),
});

const variable = z.object({
  name: z.string(),
  value: z.string().optional(),
  valueFrom: z
    .strictObject({
      secretKeyRef: keyReference.optional(),
      configMapKeyRef: keyReference.optional(),
    })
    .optional(),
});

const container = z.object({
  env: z.array(variable).default([]),
  envFrom: z.undefined('envFrom is not supported locally').optional(),
});

const words = z.record(z.string(), z.string());

const schemas = {
  ConfigMap: z.object({ metadata, data: words.default({}) }),
  Secret: z.object({ metadata, data: words.default({}), stringData: words.default({}) }),
  Service: z.object({
    metadata,
    spec: z.object({
      template: z.object({
        spec: z.object({
          containerConcurrency: z.int().min(0).default(0),
          containers: z.tuple([container]),
        }),
      }),
    }),
  }),
  KafkaSource: z.object({
    metadata,
    spec: z.object({
      topics: z.array(z.string()).min(1),
      consumerGroup: z.string().optional(),
      initialOffset: z.enum(['earliest', 'latest']).default('latest'),
      ordering: z.enum(['ordered', 'unordered']).default('ordered'),
      delivery: delivery.prefault({ retry: 10, backoffDelay: 'PT0.3S' }),
      sink: destination,
      ceOverrides: z.object({ extensions: words.default({}) }).prefault({}),
    }),
  }),
  KafkaSink: z.object({
    metadata,
    spec: z.object({
      topic: z.string(),
      contentMode: z.literal('binary', 'Only binary is supported locally').default('binary'),
    }),
  }),
  KafkaTopic: z.object({
    metadata,
    spec: z.object({
      topicName: z.string().optional(),
      partitions: z.int().default(1),
      replicas: z.int().default(1),
      config: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
    }),
  }),
  Broker: z.object({
    metadata,
    spec: z
      .object({
        config: z.object({ kind: z.literal('ConfigMap'), name: z.string() }).optional(),
        delivery: delivery.optional(),
      })
      .prefault({}),
  }),
  Trigger: z.object({
    metadata,
    spec: z.object({
      broker: z.string(),
      filter: z.object({ attributes: words.default({}) }).optional(),
      filters: z.array(z.unknown()).optional(),
      delivery: delivery.optional(),
      subscriber: destination,
    }),
  }),
  PingSource: z.object({
    metadata,
    spec: z.object({
      schedule: z.string().default('* * * * *'),
      timezone: z.string().optional(),
      contentType: z.string().optional(),
      data: z.string().optional(),
      dataBase64: z.base64().optional(),
      sink: destination,
    }),
  }),
  SinkBinding: z.object({
    metadata,
    spec: z.object({
      subject: z.object({
        kind: z.literal('Service', 'Only a Service can be bound locally'),
        name: z.string('Only a subject by its name is supported locally'),
      }),
      sink: destination,
      ceOverrides: z.object({ extensions: words.default({}) }).optional(),
    }),
  }),
} as const;

type Schemas = typeof schemas;
type Kind = keyof Schemas;

/** A manifest of a kind the local runtime plays, checked and with Knative's defaults filled in. */
export type Resource<K extends Kind> = z.output<Schemas[K]> & Readonly<{ origin: string }>;

export type Destination = z.output<typeof destination>;
export type Delivery = z.output<typeof delivery>;

const apiGroups: Readonly<Record<Kind, string>> = {
  ConfigMap: 'v1',
  Secret: 'v1',
  Service: 'serving.knative.dev/',
  KafkaSource: 'sources.knative.dev/',
  KafkaSink: 'eventing.knative.dev/',
  KafkaTopic: 'kafka.strimzi.io/',
  Broker: 'eventing.knative.dev/',
  Trigger: 'eventing.knative.dev/',
  PingSource: 'sources.knative.dev/',
  SinkBinding: 'sources.knative.dev/',
};

/**
 * All manifests of one kind. A core Service is not a Knative one, so the API group counts too.
 * @throws Error that names the manifest and the field.
 */
export const ofKind = <K extends Kind>(manifests: readonly Manifest[], kind: K): Resource<K>[] =>
  manifests
    .filter(({ body }) => body.kind === kind && body.apiVersion.startsWith(apiGroups[kind]))
    .map((manifest) => {
      const schema: z.ZodType = schemas[kind];
      const parsed = schema.safeParse(manifest.body);
      const origin = describe(manifest);
      if (!parsed.success) throw new Error(`${origin}: ${z.prettifyError(parsed.error)}`);
      return { ...(parsed.data as z.output<Schemas[K]>), origin };
    });
