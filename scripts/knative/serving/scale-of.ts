import { goSeconds } from '#scripts/manifests/durations.ts';
import type { Resource } from '#scripts/manifests/kinds.ts';

/** How many pods of a function there are, and after how long without requests there are fewer. */
export type Scale = Readonly<{
  min: number;
  /** When it is deployed. */
  initial: number;
  /** When a request wakes it up. */
  activation: number;
  idleMs: number;
}>;

const STABLE_WINDOW_DEFAULT = '60s';
/** `scale-to-zero-grace-period`: so long the activator is in the path before the last pod goes. */
const GRACE_SECONDS = 30;

/**
 * What a manifest says about scale. Without a request the average of the window falls to zero at its end; then come the
 * delay, and before the last pod goes the grace period and the retention period.
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
