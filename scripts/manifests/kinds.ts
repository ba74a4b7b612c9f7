/**
 * The manifests as the rules see them: every field optional, because a rule is there to notice what is missing. Types of leaves
 * are what the CRDs say; the rules still check values.
 */
type Words = Readonly<Record<string, string>>;

/** What every manifest carries, and where it stands: `text` is its own YAML document, comments included. */
type Manifest<Kind extends string, Body = unknown> = Readonly<{
  apiVersion: string;
  kind: Kind;
  metadata: Readonly<{ name: string; labels?: Words; annotations?: Words }>;
  file: string;
  text: string;
}> &
  Body;

/** Where events go. */
export type Destination = Readonly<{
  ref?: Readonly<{ apiVersion?: string; kind?: string; name?: string }>;
}>;

/** How often, how patiently and with what last resort an event is delivered. */
export type Delivery = Readonly<{
  retry?: number;
  backoffPolicy?: string;
  backoffDelay?: string;
  timeout?: string;
  deadLetterSink?: Destination;
  format?: string;
}>;

type KeyReference = Readonly<{ name?: string; key?: string }>;

/** One variable of a container: a literal, or a key of a Secret or ConfigMap. */
export type Variable = Readonly<{
  name: string;
  value?: string;
  valueFrom?: Readonly<{ secretKeyRef?: KeyReference; configMapKeyRef?: KeyReference }>;
}>;

type Probe = Readonly<{ httpGet?: Readonly<{ path?: string }> }>;
type Amounts = Readonly<{ cpu?: string; memory?: string }>;

/** The one container of a function. */
export type Container = Readonly<{
  image?: string;
  ports?: readonly Readonly<{ containerPort?: number }>[];
  env?: readonly Variable[];
  readinessProbe?: Probe;
  livenessProbe?: Probe;
  resources?: Readonly<{ requests?: Amounts; limits?: Amounts }>;
  securityContext?: Readonly<{
    runAsNonRoot?: boolean;
    readOnlyRootFilesystem?: boolean;
    allowPrivilegeEscalation?: boolean;
    capabilities?: Readonly<{ drop?: readonly string[] }>;
    seccompProfile?: Readonly<{ type?: string }>;
  }>;
}>;

type Revision = Readonly<{
  serviceAccountName?: string;
  containerConcurrency?: number;
  timeoutSeconds?: number;
  responseStartTimeoutSeconds?: number;
  containers?: readonly Container[];
}>;

export type Service = Manifest<
  'Service',
  Readonly<{
    spec?: Readonly<{
      template?: Readonly<{
        metadata?: Readonly<{ labels?: Words; annotations?: Words }>;
        spec?: Revision;
      }>;
    }>;
  }>
>;

export type KafkaSource = Manifest<
  'KafkaSource',
  Readonly<{
    spec?: Readonly<{
      consumerGroup?: string;
      bootstrapServers?: readonly string[];
      topics?: readonly string[];
      consumers?: number;
      ordering?: string;
      initialOffset?: string;
      delivery?: Delivery;
      sink?: Destination;
    }>;
  }>
>;

type KafkaSink = Manifest<
  'KafkaSink',
  Readonly<{
    spec?: Readonly<{
      topic?: string;
      contentMode?: string;
      bootstrapServers?: readonly string[];
    }>;
  }>
>;

type KafkaTopic = Manifest<
  'KafkaTopic',
  Readonly<{
    spec?: Readonly<{
      partitions?: number;
      replicas?: number;
      config?: Readonly<Record<string, string | number>>;
    }>;
  }>
>;

type Broker = Manifest<
  'Broker',
  Readonly<{
    spec?: Readonly<{
      config?: Readonly<{ kind?: string; name?: string }>;
      delivery?: Delivery;
    }>;
  }>
>;

export type Trigger = Manifest<
  'Trigger',
  Readonly<{
    spec?: Readonly<{
      broker?: string;
      filter?: Readonly<{ attributes?: Words }>;
      filters?: readonly unknown[];
      delivery?: Delivery;
      subscriber?: Destination;
    }>;
  }>
>;

export type PingSource = Manifest<
  'PingSource',
  Readonly<{
    spec?: Readonly<{
      schedule?: string;
      timezone?: string;
      contentType?: string;
      data?: string;
      dataBase64?: string;
      sink?: Destination;
    }>;
  }>
>;

export type SinkBinding = Manifest<
  'SinkBinding',
  Readonly<{
    spec?: Readonly<{
      subject?: Readonly<{ kind?: string; name?: string; selector?: unknown }>;
      sink?: Destination;
      ceOverrides?: Readonly<{ extensions?: Words }>;
    }>;
  }>
>;

type ConfigMap = Manifest<'ConfigMap', Readonly<{ data?: Words }>>;

type NetworkPolicy = Manifest<
  'NetworkPolicy',
  Readonly<{ spec?: Readonly<{ podSelector?: Readonly<{ matchLabels?: Words }> }> }>
>;

type Other =
  | Manifest<'Namespace'>
  | Manifest<'ServiceAccount'>
  | NetworkPolicy
  | Manifest<'Secret'>;

/** Every kind of manifest that the project deploys. */
export type Resource =
  | Service
  | KafkaSource
  | KafkaSink
  | KafkaTopic
  | Broker
  | Trigger
  | PingSource
  | SinkBinding
  | ConfigMap
  | Other;

/** A `kustomization.yaml`, in the part of kustomize that the project uses. */
export type Kustomization = Readonly<{
  file: string;
  resources?: readonly string[];
  generatorOptions?: Readonly<{ disableNameSuffixHash?: boolean }>;
  configMapGenerator?: readonly Generator[];
  secretGenerator?: readonly Generator[];
  patches?: readonly Patch[];
}>;

/** A change that an overlay makes to one resource, or to all of a kind. */
export type Patch = Readonly<{
  target?: Readonly<{ kind?: string; name?: string }>;
  patch?: string;
}>;

type Generator = Readonly<{ name: string; literals?: readonly string[] }>;
