import { z } from 'zod';
import { exactlyOneOf, labels, metadata, words } from './parts.ts';

const selector = z.strictObject({
  matchLabels: labels.optional(),
  matchExpressions: z
    .array(
      z.strictObject({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: z.array(z.string()).optional(),
      }),
    )
    .optional(),
});

export const configMap = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('ConfigMap'),
  metadata,
  data: words.default({}),
});

export const secret = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Secret'),
  metadata,
  type: z.string().optional(),
  data: words.default({}),
  stringData: words.default({}),
});

const podSecurity = /^pod-security\.kubernetes\.io\/(?:enforce|warn|audit)$/;
const podSecurityLevels = ['privileged', 'baseline', 'restricted'];

export const namespace = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Namespace'),
  metadata: metadata.refine(
    (own) =>
      Object.entries(own.labels).every(
        ([name, value]) => !podSecurity.test(name) || podSecurityLevels.includes(value),
      ),
    `levels of pod security are ${podSecurityLevels.join(', ')}`,
  ),
});

export const serviceAccount = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('ServiceAccount'),
  metadata,
  automountServiceAccountToken: z.boolean().optional(),
});

const peer = z.strictObject({
  podSelector: selector.optional(),
  namespaceSelector: selector.optional(),
  ipBlock: z.strictObject({ cidr: z.string(), except: z.array(z.string()).optional() }).optional(),
});

const peerPort = z.strictObject({
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).optional(),
  port: z.union([z.int().min(1).max(65_535), z.string()]).optional(),
  endPort: z.int().min(1).max(65_535).optional(),
});

export const networkPolicy = z.strictObject({
  apiVersion: z.literal('networking.k8s.io/v1'),
  kind: z.literal('NetworkPolicy'),
  metadata,
  spec: z.strictObject({
    podSelector: selector,
    policyTypes: z.array(z.enum(['Ingress', 'Egress'])).optional(),
    ingress: z
      .array(
        z.strictObject({ from: z.array(peer).optional(), ports: z.array(peerPort).optional() }),
      )
      .optional(),
    egress: z
      .array(z.strictObject({ to: z.array(peer).optional(), ports: z.array(peerPort).optional() }))
      .optional(),
  }),
});

export const podDisruptionBudget = z.strictObject({
  apiVersion: z.literal('policy/v1'),
  kind: z.literal('PodDisruptionBudget'),
  metadata,
  spec: z
    .strictObject({
      minAvailable: z.union([z.int().min(0), z.string().regex(/^\d+%$/)]).optional(),
      maxUnavailable: z.union([z.int().min(0), z.string().regex(/^\d+%$/)]).optional(),
      selector,
    })
    .refine(
      exactlyOneOf('minAvailable', 'maxUnavailable'),
      'needs either minAvailable or maxUnavailable',
    ),
});
