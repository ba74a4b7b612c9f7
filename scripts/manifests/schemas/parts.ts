import { z } from 'zod';
import { isoSeconds } from '../durations.ts';

/**
 * A word of letters, digits, `-`, `_` and `.`, at most 63 characters; what Kubernetes allows in
 * names of labels and their values.
 */
const word = '[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?';
const dnsLabel = '[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?';

const labelName = z.string().regex(new RegExp(`^(?:${dnsLabel}(?:\\.${dnsLabel})*/)?${word}$`));

/** Strings by name. */
export const words = z.record(z.string(), z.string());

export const labels = z.record(labelName, z.string().regex(new RegExp(`^(?:${word})?$`)));
export const annotations = z.record(labelName, z.string());

/** A DNS-1123 subdomain, as most names of objects are. */
export const objectName = z
  .string()
  .regex(new RegExp(`^${dnsLabel}(?:\\.${dnsLabel})*$`))
  .max(253);

export const metadata = z.strictObject({
  name: objectName,
  namespace: objectName.default('default'),
  labels: labels.default({}),
  annotations: annotations.default({}),
});

/** Whether at most one of the fields is there; webhooks refuse two that exclude each other. */
export const onlyOneOf =
  (...fields: readonly string[]) =>
  (value: object): boolean =>
    fields.filter((field) => field in value).length <= 1;

/** Like `onlyOneOf`, and one of them must be there. */
export const exactlyOneOf =
  (...fields: readonly string[]) =>
  (value: object): boolean =>
    fields.filter((field) => field in value).length === 1;

/**
 * Where events go. An audience or CA certificate needs OIDC or TLS in the data plane, which our
 * manifests do not use.
 */
export const destination = z
  .strictObject({
    ref: z
      .strictObject({
        apiVersion: z.string().min(1),
        kind: z.string().min(1),
        name: z.string().min(1),
        namespace: z.string().optional(),
      })
      .optional(),
    uri: z.string().optional(),
  })
  .refine(({ ref, uri }) => ref !== undefined || uri !== undefined, 'needs ref or uri');

/** Milliseconds of an ISO 8601 duration. */
const duration = z.string().transform((text, context) => {
  const seconds = isoSeconds(text);
  if (Number.isNaN(seconds)) context.addIssue(`${text} is not an ISO 8601 duration`);
  return Math.round(seconds * 1000);
});

/**
 * How often an event is delivered. A `delivery` replaces every default, so one without `retry`
 * retries nothing. Stricter than the webhooks in three ways. The one of KafkaSource does not check
 * `delivery` at all: an error there leaves the source not Ready. `format` and `retryAfterMax` pass
 * in places, but the Kafka dispatcher reads neither.
 */
export const delivery = z.strictObject(
  {
    retry: z.int().min(0).default(0),
    backoffPolicy: z.enum(['linear', 'exponential']).default('exponential'),
    backoffDelay: duration.prefault('PT0.2S'),
    timeout: duration.refine((ms) => ms > 0, 'must be more than 0').prefault('PT600S'),
    deadLetterSink: destination.optional(),
  },
  {
    error: ({ code, keys }) =>
      code === 'unrecognized_keys'
        ? `the Kafka dispatcher does not read ${String(keys)}`
        : undefined,
  },
);

/** Attributes that a source adds to its events, named as CloudEvents allows. */
export const ceOverrides = z.strictObject({
  extensions: z.record(z.string().regex(/^[a-z0-9]{1,20}$/), z.string()).default({}),
});
