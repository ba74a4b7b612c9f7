import type { CrdSchema } from './crd-schema.ts';
import type { ResourceVersion } from './crds.ts';
import { refusalsOf } from './kinds.ts';
import type { KubectlCommand } from './kubectl-command.ts';
import type { Body, Manifest } from './manifest.ts';
import { mergePatch } from './merge-patch.ts';

type World = Readonly<{
  /** The deployed manifests. */
  manifests: readonly Manifest[];
  /** The known CRDs, by apiVersion and kind. */
  versions: ReadonlyMap<string, ResourceVersion>;
}>;

type Target = Readonly<{ manifest: Manifest; version: ResourceVersion | undefined }>;

/** A command for one of our resources, and what follows the resource among its operands. */
type Request = Readonly<{ command: KubectlCommand; target: Target; rest: readonly string[] }>;

/**
 * Why a cluster that runs our manifests would refuse a command, or do nothing: a resource, field,
 * annotation or subresource that does not exist, or a result that is not valid. Commands that
 * concern none of our resources are not checked.
 */
export const problemsOf = (command: KubectlCommand, world: World): readonly string[] => {
  const check = checks[command.verb];
  if (check === undefined)
    return unchecked.has(command.verb) ? [] : [`${command.verb} is no verb that is checked`];
  const [kind, name, rest] = resourceOf(command.operands);
  const known = world.manifests.filter(({ body }) => body.kind === kind);
  const isOurs = known.length > 0 && !String(command.flags['-n']).startsWith('knative-');
  if (!isOurs || name === undefined) return [];
  const manifest = known.find(({ body }) => body.metadata.name === name);
  if (manifest === undefined) return [`there is no ${kind} ${name}`];
  const { apiVersion, metadata } = manifest.body;
  const version = world.versions.get(`${apiVersion} ${kind}`);
  return [
    ...namespaceProblems(command, metadata.namespace),
    ...check({ command, target: { manifest, version }, rest }),
  ];
};

/** Verbs that name no field of a resource. */
const unchecked = new Set('apply create diff exec label logs run set wait'.split(' '));

const namespaceProblems = (
  { flags }: KubectlCommand,
  namespace: string | undefined,
): readonly string[] =>
  namespace === undefined || flags['-n'] === namespace ? [] : [`-n must be ${namespace}`];

/** `kafkasources.sources.knative.dev/orders` or `kafkasource orders`, and what comes after it. */
const resourceOf = (
  operands: readonly string[],
): readonly [kind: string, name: string | undefined, rest: readonly string[]] => {
  const [first = '', ...others] = operands;
  const [type = '', joined] = first.split('/');
  const [word = ''] = type.split('.');
  const kind = kinds[word.toLowerCase().replace(/s$/, '')] ?? word;
  return joined === undefined ? [kind, others[0], others.slice(1)] : [kind, joined, others];
};

/** Resources by the names under which kubectl knows them. */
const kinds: Readonly<Record<string, string>> = {
  ksvc: 'Service',
  kafkasource: 'KafkaSource',
  kafkatopic: 'KafkaTopic',
  kafkaconnect: 'KafkaConnect',
  kafkaconnector: 'KafkaConnector',
  pingsource: 'PingSource',
  sinkbinding: 'SinkBinding',
  trigger: 'Trigger',
  broker: 'Broker',
  configmap: 'ConfigMap',
};

/** What `kubectl scale` sets in a KafkaSource: the docs scale nothing else. For want of its CRD. */
const sourceReplicasPath = '.spec.consumers';

const checks: Readonly<Record<string, (request: Request) => readonly string[]>> = {
  scale: ({ command: { flags }, target }) => {
    const path = target.version === undefined ? sourceReplicasPath : target.version.replicasPath;
    if (path === undefined) return [`${target.manifest.body.kind} has no subresource scale`];
    return changedTo(target, atPath(path, Number(flags['--replicas'])));
  },
  patch: ({ command: { flags }, target }) =>
    flags['--type'] === 'merge'
      ? changedTo(target, JSON.parse(String(flags['-p'])))
      : ['a resource without a schema in kubectl is patched with --type merge'],
  annotate: ({ command: { flags }, target, rest }) => [
    ...(flags['--overwrite'] === undefined ? ['an annotation that exists needs --overwrite'] : []),
    ...changedTo(target, {
      metadata: { annotations: Object.fromEntries(rest.map((pair) => pair.split('='))) as object },
    }),
  ],
  get: ({ command: { flags }, target: { version } }) => {
    const paths = String(flags['-o'] ?? '').matchAll(/\{\.([\w.]+)\}/g);
    return Array.from(paths, ([, path = '']) => path)
      .filter((path) => version !== undefined && !hasField(version.schema, path.split('.')))
      .map((path) => `there is no field ${path}`);
  },
};

/** Why the resource would be refused with a change, or would be wrong. */
const changedTo = ({ manifest, version }: Target, patch: unknown): readonly string[] => {
  const body = mergePatch(manifest.body, patch) as Body;
  return [
    ...(version?.complaintsAbout(body) ?? []),
    ...refusalsOf({ ...manifest, body }),
    ...(JSON.stringify(body) === JSON.stringify(manifest.body) ? ['it changes nothing'] : []),
  ];
};

/** `.spec.consumers` and 6: `{ spec: { consumers: 6 } }`. */
const atPath = (path: string, value: unknown): unknown =>
  path
    .split('.')
    .filter((part) => part !== '')
    .reduceRight((inner, part) => ({ [part]: inner }), value);

const hasField = (schema: CrdSchema, [name, ...rest]: readonly string[]): boolean => {
  if (name === undefined || schema['x-kubernetes-preserve-unknown-fields']) return true;
  const field = schema.properties?.[name];
  return field !== undefined && hasField(field, rest);
};
