import { z } from 'zod';
import { container, flagged } from './container.ts';
import { exactlyOneOf, labels, metadata, objectName } from './parts.ts';
import { revisionAnnotations, serviceAnnotations } from './scaling.ts';

const sources = ['configMap', 'secret', 'projected', 'emptyDir'] as const;

const volume = z
  .strictObject(
    {
      name: z.string().min(1),
      configMap: z.looseObject({}).optional(),
      secret: z.looseObject({}).optional(),
      projected: z.looseObject({}).optional(),
      emptyDir: z.looseObject({}).optional(),
    },
    { error: flagged },
  )
  .refine(exactlyOneOf(...sources), `needs exactly one of ${sources.join(', ')}`);

/** `max-revision-timeout-seconds`, unless an operator raises it. */
const seconds = z.int().min(0).max(600).optional();

const revision = z
  .strictObject(
    {
      serviceAccountName: objectName.optional(),
      imagePullSecrets: z.array(z.strictObject({ name: z.string() })).optional(),
      enableServiceLinks: z.boolean().optional(),
      containerConcurrency: z.int().min(0).max(1000).default(0),
      timeoutSeconds: seconds,
      responseStartTimeoutSeconds: seconds,
      idleTimeoutSeconds: seconds,
      volumes: z.array(volume).default([]),
      // The webhook accepts sidecars, too; a function is one container.
      containers: z.tuple([container]),
    },
    { error: flagged },
  )
  .refine(
    ({ volumes, containers: [{ volumeMounts }] }) =>
      volumes.every(({ name }) => volumeMounts.some((mount) => mount.name === name)),
    'every volume must be mounted',
  );

/**
 * A Knative Service as the webhook of Serving accepts it without any feature flag. Stricter than
 * the API server about `template.metadata`, where it keeps unknown fields: nothing would read them.
 */
export const service = z.strictObject({
  apiVersion: z.literal('serving.knative.dev/v1'),
  kind: z.literal('Service'),
  metadata: z.strictObject({
    ...metadata.shape,
    name: z
      .string()
      .regex(/^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/, 'must be a DNS label of at most 63 characters'),
    annotations: serviceAnnotations.default({}),
  }),
  spec: z.strictObject({
    template: z.strictObject({
      metadata: z
        .strictObject({
          name: z.string().optional(),
          labels: labels.default({}),
          annotations: revisionAnnotations.default({}),
        })
        .prefault({}),
      spec: revision,
    }),
    traffic: z.array(z.looseObject({})).optional(),
  }),
});
