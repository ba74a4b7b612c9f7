/** How an endpoint answered an attempt, or why it did not. */
export type AttemptResult = Readonly<
  | { status: number; retryAfter?: string | undefined }
  /** A stable word such as `timeout`, `ECONNREFUSED` or `address-refused`. */
  | { error: string }
>;

/** What an attempt is planned by. */
type Attempted = Readonly<{
  result: AttemptResult;
  /** Attempts of this delivery, this one included. */
  attempts: number;
  /** Consecutive failures of the endpoint before this one. */
  failures: number;
  /** How much longer the delivery may be retried, in milliseconds. */
  leftMs: number;
  now: Date;
  /** From 0 to 1, exclusive: deliveries that failed together are not retried together. */
  random: number;
}>;

/** What happens to a delivery after an attempt. */
export type AttemptPlan = Readonly<
  | { kind: 'delivered' }
  /** `pauseMs`: how long nothing else is sent to the endpoint, 0 if only this delivery failed. */
  | { kind: 'retry'; inMs: number; pauseMs: number }
  | { kind: 'failed'; pauseMs: number }
  /** The endpoint returned 410: it wants no further events. */
  | { kind: 'gone' }
>;

const retries = { firstMs: 5_000, growth: 3, msMax: 6 * 3_600_000 };
const pauses = { firstMs: 1_000, growth: 2, msMax: 5 * 60_000 };
const retryAfterMsMax = 3_600_000;

/**
 * Decides what follows an attempt. Retries begin within 5 s and triple up to 6 h, each at a random
 * moment of its backoff (full jitter). An endpoint that does not answer, or answers 429 or 5xx,
 * gets nothing at all for a while that doubles up to 5 min, or for its Retry-After, up to an hour,
 * if that is longer.
 */
export const planAttempt = ({
  result,
  attempts,
  failures,
  leftMs,
  now,
  random,
}: Attempted): AttemptPlan => {
  if (isSuccess(result)) return { kind: 'delivered' };
  if (isGone(result)) return { kind: 'gone' };
  const requestedMs = 'status' in result ? retryAfterMs(result, now) : 0;
  const pauseMs = isOfEndpoint(result)
    ? Math.max(requestedMs, backoff(failures, random, pauses))
    : 0;
  if (leftMs <= 0) return { kind: 'failed', pauseMs };
  const inMs = Math.max(requestedMs, backoff(attempts - 1, random, retries));
  return { kind: 'retry', inMs, pauseMs };
};

/** A random moment of a wait that grows with each failure before. */
const backoff = (
  before: number,
  random: number,
  { firstMs, growth, msMax }: typeof retries,
): number => Math.ceil(random * Math.min(msMax, firstMs * growth ** before));

/** Whether an attempt failed for the endpoint and not for what was sent. */
export const isOfEndpoint = (result: AttemptResult): boolean =>
  'error' in result || result.status === 429 || result.status >= 500;

const isSuccess = (result: AttemptResult): boolean =>
  'status' in result && result.status >= 200 && result.status < 300;

const isGone = (result: AttemptResult): boolean => 'status' in result && result.status === 410;

/** RFC 9110 (10.2.3): seconds or a date. 0 if the response contains none, or an invalid one. */
const retryAfterMs = (
  { status, retryAfter }: Extract<AttemptResult, { status: number }>,
  now: Date,
): number => {
  if (retryAfter === undefined || (status !== 429 && status !== 503)) return 0;
  const ms = /^\d{1,9}$/.test(retryAfter)
    ? Number(retryAfter) * 1_000
    : parseHttpDate(retryAfter) - now.getTime();
  return Number.isNaN(ms) ? 0 : Math.min(retryAfterMsMax, Math.max(0, ms));
};

/** `Date.parse` alone takes a lone number for a year. */
const parseHttpDate = (text: string): number =>
  /^[A-Z][a-z]{2}, .+ GMT$/.test(text) ? Date.parse(text) : NaN;
