import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { bindSinks } from './sources/bind-sinks.ts';
import { readTopology } from './topology.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'guerdon-manifests-'));
});
afterEach(() => rmSync(directory, { recursive: true }));

const write = (file: string, ...documents: object[]) =>
  writeFileSync(
    join(directory, file),
    documents.map((document) => stringify(document)).join('---\n'),
  );

const kustomize = (fields: object = {}) =>
  write('kustomization.yaml', {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    namespace: 'guerdon',
    resources: ['all.yaml'],
    ...fields,
  });

const service = (...env: object[]) => ({
  apiVersion: 'serving.knative.dev/v1',
  kind: 'Service',
  metadata: { name: 'award-points' },
  spec: { template: { spec: { containerConcurrency: 20, containers: [{ image: 'x', env }] } } },
});

const source = (spec: object = {}) => ({
  apiVersion: 'sources.knative.dev/v1',
  kind: 'KafkaSource',
  metadata: { name: 'orders' },
  spec: {
    bootstrapServers: ['kafka:9092'],
    topics: ['orders'],
    sink: { ref: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'award-points' } },
    ...spec,
  },
});

const read = (overrides: Record<string, string> = {}) => readTopology(directory, overrides);

test('variables come from the manifest, from generated Secrets and ConfigMaps, and from overrides', () => {
  const from = (kind: string, name: string, key: string) => ({
    name: key,
    valueFrom: { [`${kind}KeyRef`]: { name, key } },
  });
  write(
    'all.yaml',
    service(
      { name: 'LEVEL', value: 'info' },
      from('secret', 'auth', 'SECRET'),
      from('configMap', 'auth', 'ISSUER'),
      from('secret', 'postgres', 'DATABASE_URL'),
    ),
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a-core-service' } },
  );
  kustomize({
    generatorOptions: { disableNameSuffixHash: true },
    secretGenerator: [{ name: 'auth', literals: ['SECRET=a=b'] }],
    configMapGenerator: [{ name: 'auth', literals: ['ISSUER=me'] }],
  });
  expect(read({ DATABASE_URL: 'postgres://here' }).functions).toMatchObject([
    {
      name: 'award-points',
      namespace: 'guerdon',
      concurrency: 20,
      environment: { LEVEL: 'info', SECRET: 'a=b', ISSUER: 'me', DATABASE_URL: 'postgres://here' },
    },
  ]);
});

test('a reference that cannot be resolved is an error that names manifest and variable', () => {
  const reference = { secretKeyRef: { name: 'postgres', key: 'DATABASE_URL' } };
  write('all.yaml', service({ name: 'DATABASE_URL', valueFrom: reference }));
  kustomize();
  expect(() => read()).toThrow(
    /all\.yaml: Service award-points, variable DATABASE_URL: no ConfigMap, Secret or binding sets DATABASE_URL/,
  );
});

const binding = (spec: object = {}) => ({
  apiVersion: 'sources.knative.dev/v1',
  kind: 'SinkBinding',
  metadata: { name: 'to-broker' },
  spec: {
    subject: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'award-points' },
    sink: { ref: { apiVersion: 'eventing.knative.dev/v1', kind: 'Broker', name: 'guerdon' } },
    ...spec,
  },
});
const broker = {
  apiVersion: 'eventing.knative.dev/v1',
  kind: 'Broker',
  metadata: { name: 'guerdon' },
};
const bound = () => bindSinks(read(), 'http://127.0.0.1:7')[0]?.environment;

test("a SinkBinding adds the address of the Broker to its subject's variables", () => {
  write('all.yaml', service({ name: 'LEVEL', value: 'info' }), broker, binding());
  kustomize();
  expect(bound()).toEqual({ LEVEL: 'info', K_SINK: 'http://127.0.0.1:7/guerdon/guerdon' });
});

test('a SinkBinding passes overrides, and a given address unchanged', () => {
  const ceOverrides = { extensions: { origin: 'cms' } };
  write('all.yaml', service(), binding({ sink: { uri: 'http://sink/x' }, ceOverrides }));
  kustomize();
  expect(bound()).toEqual({
    K_SINK: 'http://sink/x',
    K_CE_OVERRIDES: '{"extensions":{"origin":"cms"}}',
  });
});

test.each([
  ['a Broker that nobody declares', {}, /SinkBinding to-broker: Broker guerdon is not a Broker/],
  [
    'a sink that takes no events here',
    { sink: { ref: { apiVersion: 'x/v1', kind: 'KafkaSink', name: 'guerdon' } } },
    /KafkaSink guerdon is not a Broker/,
  ],
  [
    'a subject that nobody declares',
    { subject: { apiVersion: 'serving.knative.dev/v1', kind: 'Service', name: 'award' } },
    /SinkBinding to-broker: no manifest declares its subject/,
  ],
  [
    'a subject by labels',
    { subject: { apiVersion: 'x/v1', kind: 'Service', selector: { matchLabels: {} } } },
    /binds a subject by name only/,
  ],
])('a SinkBinding with %s is an error with its reason', (_name, spec, message) => {
  write('all.yaml', service(), binding(spec));
  kustomize();
  expect(() => bound()).toThrow(message);
});

test("Knative's defaults apply where a KafkaSource sets nothing", () => {
  write('all.yaml', source());
  kustomize();
  expect(read().kafkaSources[0]?.spec).toMatchObject({
    ordering: 'ordered',
    initialOffset: 'latest',
    delivery: { retry: 10, backoffPolicy: 'exponential', backoffDelay: 300, timeout: 600_000 },
  });
});

test('its own delivery replaces every default, including the retries', () => {
  write('all.yaml', source({ delivery: { timeout: 'PT5S' } }));
  kustomize();
  expect(read().kafkaSources[0]?.spec.delivery).toMatchObject({ retry: 0, timeout: 5_000 });
});

test('patches change what they target', () => {
  write('all.yaml', source());
  const patch = stringify({ ...source({ ordering: 'unordered' }), metadata: { name: 'any' } });
  kustomize({ patches: [{ target: { kind: 'KafkaSource' }, patch }] });
  const [patched] = read().kafkaSources;
  expect(patched).toMatchObject({ metadata: { name: 'orders' }, spec: { ordering: 'unordered' } });
});

test.each([
  ['a feature of kustomize beyond ours', { namePrefix: 'x-' }, 'namePrefix'],
  ['a file that is not there', { resources: ['none.yaml'] }, 'none.yaml does not exist'],
  [
    'a patch for nothing',
    { patches: [{ target: { kind: 'Broker', name: 'x' }, patch: 'metadata: {}' }] },
    'patches Broker x',
  ],
])('%s is an error that names it', (_name, fields, message) => {
  write('all.yaml', source());
  kustomize(fields);
  expect(() => read()).toThrow(message);
});

test('a field that Knative would refuse is an error that names manifest and field', () => {
  write('all.yaml', source({ delivery: { backoffDelay: '3s' } }));
  kustomize();
  expect(() => read()).toThrow(/KafkaSource orders: .*3s is not an ISO 8601 duration/s);
});

test('the manifests of the repository can be played', () => {
  const topology = readTopology('infra/knative/overlays/local', {});
  expect(topology.kafkaSources.map(({ metadata }) => metadata.name)).toContain('orders');
  expect(topology.functions.map(({ name }) => name)).toContain('award-points');
  const cms = bindSinks(topology, 'http://127.0.0.1:7').find(({ name }) => name === 'cms-api');
  expect(cms?.environment['K_SINK']).toBe('http://127.0.0.1:7/guerdon/guerdon');
});
