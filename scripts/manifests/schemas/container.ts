import { z } from 'zod';
import { quantity } from '../quantity.ts';
import { exactlyOneOf, onlyOneOf } from './parts.ts';

/** A fault of a field that the CRD may know, but the webhook refuses. */
export const flagged = ({ code, keys }: z.core.$ZodRawIssue): string | undefined =>
  code === 'unrecognized_keys'
    ? `${String(keys)} is unknown, or refused unless a feature flag allows it`
    : undefined;

/**
 * An image as a container registry names it: lower-case path, perhaps with registry, tag and
 * digest.
 */
const imageName =
  /^(?:[\w.-]+(?::\d+)?\/)?[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@sha256:[a-f0-9]{64})?$/;

/** Ports that queue-proxy listens on, in the same pod. */
export const queueProxyPorts: readonly number[] = [8008, 8012, 8013, 8022, 8112, 9090, 9091];

const port = z.strictObject({
  name: z.enum(['', 'http1', 'h2c'], "must be empty, or 'http1' or 'h2c'").optional(),
  protocol: z.literal('TCP').optional(),
  containerPort: z
    .int()
    .min(0)
    .max(65_535)
    .refine((number) => !queueProxyPorts.includes(number), 'is one of the ports of queue-proxy')
    .optional(),
});

const keyReference = z.strictObject({
  name: z.string().min(1),
  key: z.string().min(1),
  optional: z.boolean().default(false),
});

const reserved = ['PORT', 'K_SERVICE', 'K_CONFIGURATION', 'K_REVISION'];
/** Allowed by the webhook; a SinkBinding overwrites them. */
const injected = ['K_SINK', 'K_CE_OVERRIDES', 'K_CA_CERTS'];

const variable = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .refine((name) => ![...reserved, ...injected].includes(name), 'is set by Knative itself'),
    value: z.string().optional(),
    valueFrom: z
      .strictObject(
        { secretKeyRef: keyReference.optional(), configMapKeyRef: keyReference.optional() },
        { error: flagged },
      )
      .refine(exactlyOneOf('secretKeyRef', 'configMapKeyRef'), 'needs exactly one reference')
      .optional(),
  })
  .refine(onlyOneOf('value', 'valueFrom'), 'value and valueFrom exclude each other');

const areDistinct = (variables: readonly Readonly<{ name: string }>[]): boolean =>
  new Set(variables.map(({ name }) => name)).size === variables.length;

const count = z.int().min(0).optional();
const handlers = ['httpGet', 'tcpSocket', 'exec', 'grpc'] as const;

const probe = z
  .strictObject({
    httpGet: z
      .strictObject({
        path: z.string().optional(),
        port: z.union([z.int(), z.string()]).optional(),
        host: z.string().optional(),
        scheme: z.enum(['HTTP', 'HTTPS']).optional(),
        httpHeaders: z.array(z.strictObject({ name: z.string(), value: z.string() })).optional(),
      })
      .optional(),
    tcpSocket: z.looseObject({}).optional(),
    exec: z.looseObject({}).optional(),
    grpc: z.looseObject({}).optional(),
    failureThreshold: count,
    initialDelaySeconds: count,
    periodSeconds: count,
    successThreshold: count,
    timeoutSeconds: count,
  })
  .refine(exactlyOneOf(...handlers), `needs exactly one of ${handlers.join(', ')}`);

const amount = z.string().refine((text) => !Number.isNaN(quantity(text)), 'is not a quantity');
const amounts = z.strictObject({
  cpu: amount.optional(),
  memory: amount.optional(),
  'ephemeral-storage': amount.optional(),
});

type Amounts = z.output<typeof amounts>;

const isAbove = (request: string | undefined, limit: string | undefined): boolean =>
  request !== undefined && limit !== undefined && quantity(request) > quantity(limit);

const exceed = (requests: Amounts, limits: Amounts): boolean =>
  isAbove(requests.cpu, limits.cpu) ||
  isAbove(requests.memory, limits.memory) ||
  isAbove(requests['ephemeral-storage'], limits['ephemeral-storage']);

const resources = z
  .strictObject({ requests: amounts.optional(), limits: amounts.optional() })
  .refine(
    ({ requests = {}, limits = {} }) => !exceed(requests, limits),
    'requests must not be more than limits',
  );

const id = z.int().min(0).optional();

const securityContext = z.strictObject(
  {
    allowPrivilegeEscalation: z.boolean().optional(),
    capabilities: z
      .strictObject({ drop: z.array(z.string()).optional() }, { error: flagged })
      .optional(),
    readOnlyRootFilesystem: z.boolean().optional(),
    runAsGroup: id,
    runAsNonRoot: z.boolean().optional(),
    runAsUser: id,
    seccompProfile: z
      .strictObject({
        type: z.enum(['Localhost', 'RuntimeDefault', 'Unconfined']),
        localhostProfile: z.string().optional(),
      })
      .optional(),
  },
  { error: flagged },
);

/** A container as the webhook of Serving accepts it without any feature flag. */
export const container = z.strictObject(
  {
    name: z
      .string()
      .regex(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/)
      .optional(),
    image: z.string().regex(imageName, 'is not a reference to an image'),
    imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional(),
    command: z.array(z.string()).optional(),
    args: z.array(z.string()).optional(),
    workingDir: z.string().optional(),
    ports: z.array(port).max(1, 'only one port is allowed').optional(),
    env: z.array(variable).refine(areDistinct, 'names a variable twice').default([]),
    envFrom: z.array(z.looseObject({})).optional(),
    volumeMounts: z
      .array(
        z.strictObject({
          name: z.string(),
          mountPath: z.string(),
          readOnly: z.boolean().optional(),
          subPath: z.string().optional(),
        }),
      )
      .default([]),
    readinessProbe: probe.optional(),
    livenessProbe: probe.optional(),
    startupProbe: probe.optional(),
    resources: resources.optional(),
    securityContext: securityContext.optional(),
    terminationMessagePath: z.string().optional(),
    terminationMessagePolicy: z.enum(['File', 'FallbackToLogsOnError']).optional(),
  },
  { error: flagged },
);
