import { z } from 'zod';
import { parseSchedule } from '../schedule.ts';
import {
  ceOverrides,
  delivery,
  destination,
  exactlyOneOf,
  metadata,
  onlyOneOf,
  words,
} from './parts.ts';
import { consumerAnnotations } from './scaling.ts';

/**
 * Delivers the records of topics. Its own default for `delivery` applies only if the manifest has
 * none.
 */
export const kafkaSource = z.strictObject({
  apiVersion: z.literal('sources.knative.dev/v1'),
  kind: z.literal('KafkaSource'),
  metadata: z.strictObject({
    ...metadata.shape,
    annotations: consumerAnnotations.default({}),
  }),
  spec: z.strictObject({
    bootstrapServers: z.array(z.string()).min(1),
    topics: z.array(z.string()).min(1),
    consumers: z.int().min(0).default(1),
    consumerGroup: z.string().optional(),
    initialOffset: z.enum(['earliest', 'latest']).default('latest'),
    ordering: z.enum(['ordered', 'unordered']).default('ordered'),
    delivery: delivery.prefault({ retry: 10, backoffDelay: 'PT0.3S' }),
    net: z.looseObject({}).optional(),
    sink: destination,
    ceOverrides: ceOverrides.prefault({}),
  }),
});

const isJsonObject = (text: string): boolean => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
};

const schedule = z.string().transform((text, context) => {
  try {
    return parseSchedule(text);
  } catch (error) {
    context.addIssue(error instanceof Error ? error.message : String(error));
    return z.NEVER;
  }
});

/**
 * IANA names begin each part with a capital. Intl also accepts offsets and any case, which Go does
 * not.
 */
const isTimeZone = (name: string): boolean => {
  try {
    return (
      /^[A-Z][^/]*(?:\/[A-Z][^/]*)*$/.test(name) &&
      !!new Intl.DateTimeFormat('en', { timeZone: name })
    );
  } catch {
    return false;
  }
};

const pingSpec = z
  .strictObject({
    schedule: schedule.prefault('* * * * *'),
    timezone: z.string().refine(isTimeZone, 'is not a known time zone').optional(),
    contentType: z.string().optional(),
    data: z.string().optional(),
    dataBase64: z.base64().optional(),
    sink: destination,
    ceOverrides: ceOverrides.optional(),
  })
  .refine(onlyOneOf('data', 'dataBase64'), 'data and dataBase64 exclude each other')
  .refine(
    ({ contentType, data }) =>
      contentType !== 'application/json' || data === undefined || isJsonObject(data),
    { path: ['data'], error: 'must be a JSON object where contentType is application/json' },
  );

export const pingSource = z.strictObject({
  apiVersion: z.literal('sources.knative.dev/v1'),
  kind: z.literal('PingSource'),
  metadata,
  spec: pingSpec,
});

export const sinkBinding = z
  .strictObject({
    apiVersion: z.literal('sources.knative.dev/v1'),
    kind: z.literal('SinkBinding'),
    metadata,
    spec: z.strictObject({
      subject: z
        .strictObject({
          apiVersion: z.string().min(1),
          kind: z.string().min(1),
          name: z.string().min(1).optional(),
          namespace: z.string().optional(),
          selector: z.strictObject({ matchLabels: words.optional() }).optional(),
        })
        .refine(exactlyOneOf('name', 'selector'), 'needs either name or selector'),
      sink: destination,
      ceOverrides: ceOverrides.optional(),
    }),
  })
  .refine(
    ({ metadata: { namespace }, spec: { subject } }) =>
      (subject.namespace ?? namespace) === namespace,
    { path: ['spec', 'subject', 'namespace'], error: 'must be the namespace of the binding' },
  );
