import { type Breakage, inFile } from './breakage.ts';

const base = inFile('infra/knative/base/kustomization.yaml');
const local = inFile('infra/knative/overlays/local/kustomization.yaml');

/** Breakages of how the manifests are put together. */
export const layoutBreakages: readonly Breakage[] = [
  ...base(
    'every manifest is deployed',
    ['- award-points.yaml', '', /award-points.yaml is in no kustomization/],
    ['- triggers\n', '', /triggers is in no kustomization/],
    ['- broker.yaml', '- broker.yaml\n  - brokers.yaml', /brokers.yaml is in a kustomization but/],
  ),
  ...local(
    'patches hit something',
    [
      'kind: ConfigMap\n      name: guerdon-broker',
      'kind: ConfigMap\n      name: broker',
      /ConfigMap broker hits nothing/,
    ],
    ['      kind: KafkaTopic\n', '      kind: KafkaTopics\n', /KafkaTopics\s+hits nothing/],
  ),
  ...base('kustomizations stay simple', [
    'namespace:',
    'namePrefix: x-\nnamespace:',
    /namePrefix is/,
  ]),
  ...local(
    'kustomizations stay simple',
    ['disableNameSuffixHash: true', '', /disableNameSuffixHash must be true/],
    ['literals:\n      - KAFKA_BROKERS', 'envs:\n      - KAFKA_BROKERS', /must use literals/],
    ['- target:\n      kind: KafkaTopic\n    patch: |', '- patch: |', /patches must be inline/],
  ),
];
