import { type Breakage, inFile } from './breakage.ts';

const award = inFile('infra/knative/base/award-points.yaml');
const board = inFile('infra/knative/base/leaderboard-api.yaml');
const base = inFile('infra/knative/base/kustomization.yaml');
const local = inFile('infra/knative/overlays/local/kustomization.yaml');

/** Breakages of how manifests and code agree. */
export const environmentBreakages: readonly Breakage[] = [
  ...award('functions have one manifest each', [
    /(name: )award-points\n {2}labels/,
    '$1award-point\n  labels',
    /functions\/award-points must have one manifest, has 0/,
  ]),
  ...award('functions have one manifest each', [
    /(name: )award-points\n {2}labels/,
    '$1award-point\n  labels',
    /Service award-point has no folder/,
  ]),
  ...award('services are named after their function', [
    'image: guerdon/award-points',
    'image: guerdon/award',
    /image must be guerdon\/award-points/,
  ]),
  ...board('services are named after their function', [
    /(name: )leaderboard-api\n {2}labels/,
    '$1board-api\n  labels',
    /file of its own name/,
  ]),
  ...award(
    'variables are those of config.ts',
    ['name: REDIS_URL\n', 'name: REDIS_URI\n', /must set REDIS_URL/],
    ['name: REDIS_URL\n', 'name: REDIS_URI\n', /sets REDIS_URI, which/],
    ['value: "100"', 'value: "a hundred"', /BATCH_ITEMS_MAX may not be "a hundred"/],
  ),
  ...award('secrets and settings come from somewhere', [
    'key: DATABASE_URL',
    'key: URL',
    /Secret guerdon-postgres has no URL in infra\/knative\/overlays\/local/,
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
    'secretGenerator: [{ name: x, literals: [a=b] }]\nresources:',
    /must not generate secrets/,
  ]),
  {
    rule: 'secrets are not written down',
    file: 'infra/knative/base/secret.yaml',
    to: 'kind: Secret\nmetadata: { name: hush }',
    says: /Secret hush must not be/,
  },
];
