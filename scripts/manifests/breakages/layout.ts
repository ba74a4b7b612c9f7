import { type Breakage, inFile } from './breakage.ts';

const base = inFile('infra/knative/base/kustomization.yaml');
const local = inFile('infra/knative/overlays/local/kustomization.yaml');

/** Breakages of how the manifests are put together. */
export const layoutBreakages: readonly Breakage[] = [
  ...base(
    'every manifest is deployed',
    ['- award-points.yaml', '', /award-points.yaml is not deployed/],
    ['- triggers\n', '', /triggers\/expire-rewards-on-tick.yaml is not deployed/],
  ),
  ...inFile('infra/knative/base/network-policies.yaml')('a first diff finds its service account', [
    'apiVersion: networking',
    'apiVersion: v1\nkind: ServiceAccount\nmetadata: { name: other }\n---\napiVersion: networking',
    /must apply infra\/knative\/base\/network-policies.yaml before/,
  ]),
  ...base(
    'the cluster accepts every manifest',
    ['- broker.yaml', '- broker.yaml\n  - brokers.yaml', /brokers.yaml does not exist/],
    ['namespace:', 'namePrefix: x-\nnamespace:', /namePrefix/],
  ),
  ...local(
    'the cluster accepts every manifest',
    [
      'kind: ConfigMap\n      name: guerdon-broker',
      'kind: ConfigMap\n      name: broker',
      /patches ConfigMap broker: not found/,
    ],
    ['      kind: KafkaTopic\n', '      kind: KafkaTopics\n', /patches KafkaTopics : not found/],
    ['disableNameSuffixHash: true', '', /generatorOptions/],
    [/generatorOptions:[^]*?true\n/, '', /disableNameSuffixHash must be true/],
    ['literals:\n      - KAFKA_BROKERS', 'envs:\n      - KAFKA_BROKERS', /literals/],
    ['- target:\n      kind: KafkaTopic\n    patch: |', '- patch: |', /target/],
  ),
];
