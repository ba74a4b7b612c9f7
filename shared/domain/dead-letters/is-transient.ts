const transientBelow500: readonly number[] = [404, 408, 409, 429];

/**
 * Whether a failed delivery may succeed if it is repeated: Knative's dispatcher retries its status,
 * or there was no response (`undefined`). Any other status refuses the event permanently.
 */
export const isTransient = (status: number | undefined): boolean =>
  status === undefined || status >= 500 || transientBelow500.includes(status);
