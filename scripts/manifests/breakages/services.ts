import { type Breakage, inFile } from './breakage.ts';

const budgets = inFile('infra/knative/base/pod-disruption-budgets.yaml');
const connect = inFile('infra/knative/base/connect-client.yaml');
const award = inFile('infra/knative/base/award-points.yaml');

/** Breakages of the functions as Knative Services. */
export const serviceBreakages: readonly Breakage[] = [
  ...award(
    'services end in time',
    ['timeoutSeconds: 60', 'timeoutSeconds: 20', /killed while it drains/],
    ['timeoutSeconds: 60', 'timeoutSeconds: 400', /needs responseStartTimeoutSeconds/],
  ),
  ...award(
    'services answer before queue-proxy does',
    ['name: REQUEST_SECONDS', 'name: OTHER_SECONDS', /must set REQUEST_SECONDS/],
    ['value: "45"', 'value: "56"', /REQUEST_SECONDS must be 5 less/],
  ),
  ...award(
    'services show their metrics on a free port',
    ['containerPort: 8080', 'containerPort: 9464', /METRICS_PORT 9464 is taken/],
    ['value: "9464"', 'value: "9091"', /METRICS_PORT 9091 is taken/],
  ),
  ...award(
    'the cluster accepts every manifest',
    ['name: LOG_LEVEL', 'name: K_SINK', /is set by Knative itself/],
    [
      'containerConcurrency:',
      'nodeSelector: { disk: ssd }\n      containerConcurrency:',
      /nodeSelector is unknown, or refused unless a feature flag/,
    ],
  ),
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
    ['path: /readyz', 'path: /', /readinessProbe must request/],
    ['path: /livez', 'path: /', /livenessProbe must request/],
  ),
  ...connect(
    'services keep connections as long as they declare',
    ['responseStartTimeoutSeconds: 0', 'responseStartTimeoutSeconds: 300', /must be 0/],
    ['timeoutSeconds: 600', 'timeoutSeconds: 600\n      idleTimeoutSeconds: 60', /must be unset/],
    ['value: "570"', 'value: "600"', /CONNECTION_SECONDS must be less than timeoutSeconds/],
    ['value: "20"', 'value: "25"', /DRAIN_SECONDS must be less than the 25 s/],
  ),
  ...award('services that take events stay inside', [/networking.*/, '', /must be cluster-local/]),
  ...budgets(
    'services of several pods keep one during maintenance',
    [/(matchLabels:\s+app.*: wallet)-api/, '$1', /wallet-api: keeps several pods/],
    [/(matchLabels:\s+app.*: wallet)-api/, '$1', /PodDisruptionBudget wallet-api: selects no pods/],
  ),
  ...award('services are covered by the network policies', [
    /( {8}app.kubernetes.io\/part-of: )guerdon/,
    '$1gerdon',
    /award-points: its pods lack the labels of functions-from-knative/,
  ]),
];
