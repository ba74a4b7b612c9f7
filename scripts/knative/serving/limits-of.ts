import type { Resource } from '#scripts/manifests/kinds.ts';
import type { Limits } from './pending-request.ts';

const TIMEOUT_SECONDS_DEFAULT = 300;

/** Zero means unset. */
const orElse = (otherwise: number, seconds = 0): number => (seconds > 0 ? seconds : otherwise);

/**
 * The time limits of a Service. Above 300 s Knative sets 300 s until the first byte, unless the
 * manifest overrides it.
 */
export const limitsOf = ({ spec }: Resource<'Service'>): Limits => {
  const { timeoutSeconds, responseStartTimeoutSeconds } = spec.template.spec;
  const totalSeconds = orElse(TIMEOUT_SECONDS_DEFAULT, timeoutSeconds);
  const firstByteSeconds = responseStartTimeoutSeconds ?? TIMEOUT_SECONDS_DEFAULT;
  return {
    firstByteMs: Math.min(totalSeconds, orElse(totalSeconds, firstByteSeconds)) * 1_000,
    totalMs: totalSeconds * 1_000,
  };
};
