import type { Delivery } from '#scripts/manifests/kinds.ts';

/** How often a delivery is tried, and with which pauses. */
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
  // The dispatcher's timer refuses a delay of zero, so there are no retries.
  retries: delayMs === 0 ? 0 : retry,
  backoffMs: (n) => delayMs * (backoffPolicy === 'linear' ? n : 2 ** n),
  timeoutMs,
});
