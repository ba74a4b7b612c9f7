import { type Breakage, inFile } from './breakage.ts';

const binding = inFile('infra/knative/base/sink-bindings/cms-api-to-broker.yaml');

const another = `
apiVersion: sources.knative.dev/v1
kind: SinkBinding
metadata: { name: another }
spec:
  subject: { apiVersion: serving.knative.dev/v1, kind: Service, name: cms-api }
  sink: { ref: { apiVersion: eventing.knative.dev/v1, kind: Broker, name: guerdon } }
`;

/** Breakages of how functions get the address for their events. */
export const bindingBreakages: readonly Breakage[] = [
  ...binding(
    'sink bindings bind someone to something',
    ['name: cms-api\n', 'selector: { matchLabels: { a: b } }\n', /subject must be named/],
    ['kind: Service', 'kind: Deployment', /subject must be a Service, is Deployment/],
    ['name: cms-api\n', 'name: cms\n', /subject Service cms does not exist/],
    ['name: cms-api\n', 'name: wallet-api\n', /wallet-api does not read K_SINK/],
    ['kind: Broker', 'kind: Service', /sink must be a Broker/],
    ['name: guerdon\n', 'name: gerdon\n', /sink Broker gerdon does not exist/],
  ),
  ...inFile('infra/knative/base/cms-api.yaml')('sink bindings bind someone to something', [
    'bindings.knative.dev/include: "true"',
    '',
    /cms-api needs label bindings.knative.dev\/include/,
  ]),
  ...binding('functions that send events have one sink', [
    'name: cms-api\n',
    'name: wallet-api\n',
    /Service cms-api: its config.ts reads K_SINK, and no SinkBinding/,
  ]),
  ...binding('functions that send events have one sink', [
    'apiVersion: sources',
    `${another}---\napiVersion: sources`,
    /Service cms-api: 2 SinkBindings give it K_SINK/,
  ]),
];
