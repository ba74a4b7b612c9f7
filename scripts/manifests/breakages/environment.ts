import { type Breakage, inFile } from './breakage.ts';

const award = inFile('infra/knative/base/award-points.yaml');
const board = inFile('infra/knative/base/leaderboard-api.yaml');
const expire = inFile('infra/knative/base/expire-rewards.yaml');
const base = inFile('infra/knative/base/kustomization.yaml');
const local = inFile('infra/knative/overlays/local/kustomization.yaml');

/** Breakages of the agreement between manifests and code. */
export const environmentBreakages: readonly Breakage[] = [
  ...award('functions have one manifest each', [
    /(name: )award-points\n {2}labels/,
    '$1award-point\n  labels',
    /functions\/award-points must have one manifest, has 0/,
  ]),
  ...expire('functions have one manifest each', [
    /(name: )expire-rewards\n {2}labels/,
    '$1expire\n  labels',
    /Service expire has no folder/,
  ]),
  ...award('services are named after their function', [
    'image: guerdon/award-points',
    'image: guerdon/award',
    /image must be guerdon\/award-points/,
  ]),
  ...expire('services are named after their function', [
    /(name: )expire-rewards\n {2}labels/,
    '$1expire\n  labels',
    /file of its own name/,
  ]),
  ...award(
    'variables are those of config.ts',
    ['name: REDIS_URL\n', 'name: REDIS_URI\n', /must set REDIS_URL/],
    ['name: REDIS_URL\n', 'name: REDIS_URI\n', /sets REDIS_URI, which/],
    ['value: "100"', 'value: "a hundred"', /BATCH_ITEMS_MAX must not be "a hundred"/],
  ),
  ...award('secrets and settings come from somewhere', [
    'key: DATABASE_URL',
    'key: URL',
    /Secret guerdon-postgres has no URL in infra\/knative\/overlays\/production/,
  ]),
  ...local('secrets and settings come from somewhere', [
    '- KAFKA_BROKERS=',
    '- BROKERS=',
    /ConfigMap guerdon-kafka has no KAFKA_BROKERS in infra\/knative\/overlays\/local/,
  ]),
  ...board('secrets are not written down', [
    /valueFrom: \{ secretKeyRef: \{ name: guerdon-auth.*/,
    'value: hush',
    /AUTH_JWT_SECRET must come from a Secret/,
  ]),
  ...award('secrets are not written down', [
    /valueFrom: \{ secretKeyRef: \{ name: guerdon-postgres.*/,
    'value: postgres://me:hush@db/x',
    /DATABASE_URL must come from a Secret/,
  ]),
  ...base('secrets are not written down', [
    'resources:',
    'generatorOptions: { disableNameSuffixHash: true }\n' +
      'secretGenerator: [{ name: hush, literals: [a=b] }]\nresources:',
    /Secret hush must not be in infra\/knative\/base/,
  ]),
  ...inFile('infra/knative/base/service-account.yaml')('secrets are not written down', [
    'apiVersion: v1',
    'apiVersion: v1\nkind: Secret\nmetadata: { name: hush }\n---\napiVersion: v1',
    /Secret hush must not be in infra\/knative\/base/,
  ]),
];
