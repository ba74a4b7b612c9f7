import { type Breakage, inFile } from './breakage.ts';

const orders = inFile('infra/kafka-source/base/orders.yaml');
const onTick = inFile('infra/knative/base/triggers/rebuild-rank-snapshot-on-tick.yaml');
const award = inFile('infra/knative/base/award-points.yaml');

/** Breakages of autoscaling. */
export const autoscalingBreakages: readonly Breakage[] = [
  ...award(
    'the cluster accepts every manifest',
    ['dev/target:', 'dev/targt:', /targt is unknown/],
    [/dev\/target: .*/, 'dev/target: "0"', /target must be a number from 0.01/],
    ['metric: concurrency', 'metric: requests', /metric must be concurrency or rps/],
    [/dev\/window: .*/, 'dev/window: 1 min', /window must be a duration of 6/],
    [/delay: 2m/, 'delay: 2h', /scale-down-delay must be/],
  ),
  ...award(
    'services declare how they scale',
    [/ .*dev\/target: .*/, '', /dev\/target is missing/],
    [/max-scale: .*/, 'max-scale: "0"', /max-scale 0 means no limit/],
  ),
  ...orders(
    'the cluster accepts every manifest',
    ['/lag-threshold', '/lag-treshold', /lag-treshold is unknown/],
    [/max-scale: .*/, 'max-scale: many', /max-scale must be a whole number/],
    ['autoscaling.eventing.knative.dev/class', 'autoscaling.knative.dev/class', /older releases/],
  ),
  ...orders('consumers never scale to zero', [
    /min-scale: .*/,
    'min-scale: "0"',
    /KafkaSource orders: min-scale must be 1/,
  ]),
  ...onTick(
    'consumers never scale to zero',
    [/min-scale: .*/, 'min-scale: "0"', /on-tick: min-scale must be 1/],
    [/ .*max-scale: .*/, '', /on-tick: max-scale is missing/],
  ),
  ...award('database connections fit at full scale', [
    /max-scale: .*/,
    'max-scale: "50"',
    /= \d{3}, twice that is more than the 320/,
  ]),
];
