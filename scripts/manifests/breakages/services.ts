import { type Breakage, inFile } from './breakage.ts';

const award = inFile('infra/knative/base/award-points.yaml');

/** Breakages of the functions as Knative Services. */
export const serviceBreakages: readonly Breakage[] = [
  ...award(
    'services end in time',
    ['timeoutSeconds: 60', 'timeoutSeconds: 601', /not be more than 600/],
    ['timeoutSeconds: 60', 'timeoutSeconds: 20', /killed while it drains/],
    ['timeoutSeconds: 60', 'timeoutSeconds: 400', /needs responseStartTimeoutSeconds/],
  ),
  ...award(
    'services leave Knative its ports and variables',
    ['containerPort: 8080', 'containerPort: 8012', /8012 belongs to queue-proxy/],
    ['containerPort: 8080', 'containerPort: 9464', /METRICS_PORT 9464 is taken/],
    ['value: "9464"', 'value: "9091"', /METRICS_PORT 9091 is taken/],
    [
      'containerPort: 8080',
      'containerPort: 8080\n            - containerPort: 9464',
      /one port only/,
    ],
    ['name: LOG_LEVEL', 'name: PORT', /PORT is set by Knative/],
    ['name: LOG_LEVEL', 'name: K_SINK', /K_SINK is set by Knative/],
  ),
  ...award('services need no feature flag', [
    'containerConcurrency:',
    'nodeSelector: { disk: ssd }\n      containerConcurrency:',
    /nodeSelector is refused/,
  ]),
  ...award(
    'services are confined',
    ['runAsNonRoot: true', '', /runAsNonRoot must be/],
    ['readOnlyRootFilesystem: true', '', /readOnlyRootFilesystem must be/],
    ['allowPrivilegeEscalation: false', '', /allowPrivilegeEscalation must be/],
    ['drop: [ALL]', 'drop: [NET_RAW]', /must drop ALL/],
    ['RuntimeDefault', 'Unconfined', /seccompProfile must be/],
    ['serviceAccountName: guerdon-functions', '', /serviceAccountName must be/],
  ),
  ...award(
    'services are bounded and probed',
    [/requests: .*/, '', /requests must name/],
    [', memory: 512Mi', '', /limits must name memory/],
    ['containerConcurrency: 200', '', /containerConcurrency must be set/],
    ['path: /readyz', 'path: /', /readinessProbe must ask/],
    ['path: /livez', 'path: /', /livenessProbe must ask/],
  ),
  ...award('services that take events stay inside', [/networking.*/, '', /must be cluster-local/]),
  ...award('services stand behind the network policies', [
    /( {8}app.kubernetes.io\/part-of: )guerdon/,
    '$1gerdon',
    /award-points: its pods lack the labels of functions-from-knative/,
  ]),
];
