import { type Breakage, inFile } from './breakage.ts';

const orders = inFile('infra/kafka-source/base/orders.yaml');
const onTick = inFile('infra/knative/base/triggers/rebuild-rank-snapshot-on-tick.yaml');
const onRequest = inFile('infra/knative/base/triggers/rebuild-rank-snapshot-on-request.yaml');
const broker = inFile('infra/knative/base/broker.yaml');
const award = inFile('infra/knative/base/award-points.yaml');

/** Breakages of `delivery`. */
export const deliveryBreakages: readonly Breakage[] = [
  ...orders(
    'deliveries are complete',
    ['retry: 15', '', /KafkaSource orders: delivery.retry is missing/],
    ['retry: 15', 'retry: 0', /delivery.retry is missing/],
    ['backoffPolicy: linear', '', /backoffPolicy must be/],
    ['backoffDelay: PT1S', 'backoffDelay: PT0S', /PT0S means no retry/],
    ['timeout: PT75S', '', /delivery.timeout is missing/],
  ),
  ...orders(
    'the cluster accepts every manifest',
    ['backoffDelay: PT1S', 'backoffDelay: 1s', /1s is not an ISO 8601/],
    ['timeout: PT75S', 'timeout: PT75S\n    format: binary', /does not read format/],
  ),
  ...onTick('deliveries are complete', [
    'retry: 4',
    '',
    /Trigger rebuild.*on-tick: delivery.retry/,
  ]),
  ...broker('deliveries are complete', ['retry: 15', '', /Broker guerdon: delivery.retry/]),
  ...orders(
    'deliveries end in a dead-letter sink',
    [/deadLetterSink:[^]*uri: .*/, '', /deadLetterSink is missing/],
    ['name: store-dead-letter', 'name: award-points', /must be Service store-dead-letter/],
    ['uri: /orders', '', /uri must be \/orders/],
    ['uri: /orders', 'uri: /order', /uri must be \/orders/],
  ),
  ...onTick('deliveries end in a dead-letter sink', [
    /deadLetterSink:[^]*uri: .*/,
    '',
    /on-tick: delivery.deadLetterSink is missing/,
  ]),
  ...orders('deliveries outlast their function', [
    'PT75S',
    'PT60S',
    /timeoutSeconds of award-points/,
  ]),
  ...broker('deliveries outlast their function', ['PT330S', 'PT5M', /of rebuild-rank-snapshot/]),
  ...award('deliveries outlast their function', ['timeoutSeconds: 60', '', /KafkaSource orders: /]),
  ...orders(
    'deliveries declare how long they wait',
    ['wait 120 s', 'wait 900 s', /must say "15 retries wait 120 s in all"/],
    ['retry: 15', 'retry: 10', /must say "10 retries wait 55 s in all"/],
    ['backoffPolicy: linear', 'backoffPolicy: exponential', /must say "15 retries/],
  ),
  ...onRequest('deliveries declare how long they wait', [
    'retry: 8',
    'retry: 5',
    /"5 retries wait 62 s/,
  ]),
];
