import type { Delivery } from '#scripts/manifests/kinds.ts';

/** How often and how patiently a delivery is tried. */
export type RetryPolicy = Readonly<{
  /** Attempts after the first. */
  retries: number;
  /** The pause before a retry, which is counted from 1. */
  backoffMs: (retry: number) => number;
  timeoutMs: number;
}>;

/** The policy of a manifest's `delivery`. */
export const retryPolicy = ({
  retry,
  backoffPolicy,
  backoffDelay: delayMs,
  timeout: timeoutMs,
}: Omit<Delivery, 'deadLetterSink'>): RetryPolicy => ({
  // The dispatcher's timer refuses a delay of nothing, and what cannot wait is not retried.
  retries: delayMs === 0 ? 0 : retry,
  backoffMs: (n) => delayMs * (backoffPolicy === 'linear' ? n : 2 ** n),
  timeoutMs,
});
