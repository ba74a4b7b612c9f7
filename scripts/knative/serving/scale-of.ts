import { goSeconds } from '#scripts/manifests/durations.ts';
import type { Resource } from '#scripts/manifests/kinds.ts';

/** How many pods a function has, and how long it is idle before some of them stop. */
export type Scale = Readonly<{
  min: number;
  /** Pods of a new revision. */
  initial: number;
  /** Pods started by the first request after scaling to zero. */
  activation: number;
  idleMs: number;
}>;

const STABLE_WINDOW_DEFAULT = '60s';
/**
 * `scale-to-zero-grace-period`: how long the activator is in the path before the last pod stops.
 */
const GRACE_SECONDS = 30;

/**
 * The scale of a manifest. Without requests the average falls to zero after the stable window; then
 * comes the scale-down delay, and before the last pod stops the grace period and the retention
 * period.
 */
export const scaleOf = ({ spec }: Resource<'Service'>): Scale => {
  const { annotations } = spec.template.metadata;
  const read = (name: string, otherwise: string): string =>
    annotations[`autoscaling.knative.dev/${name}`] ?? otherwise;
  const min = Number(read('min-scale', '0'));
  const windowSeconds = goSeconds(read('window', STABLE_WINDOW_DEFAULT));
  const delaySeconds = goSeconds(read('scale-down-delay', '0s'));
  const retentionSeconds = goSeconds(read('scale-to-zero-pod-retention-period', '0s'));
  const lastPodSeconds = min === 0 ? GRACE_SECONDS + retentionSeconds : 0;
  return {
    min,
    initial: Math.max(1, min, Number(read('initial-scale', '1'))),
    activation: Math.max(1, min, Number(read('activation-scale', '1'))),
    idleMs: (windowSeconds + delaySeconds + lastPodSeconds) * 1_000,
  };
};
