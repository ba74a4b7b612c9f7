import { isTransient } from './is-transient.ts';

/** What a dead letter records about its failed deliveries. */
export type FailedDelivery = Readonly<{
  /** Status of the last response; undefined if there was none: a timeout, or no connection. */
  status: number | undefined;
  /** When the letter was written, in milliseconds since the epoch. */
  writtenAtMs: number;
  /** How often the record was resent before. */
  resends: number;
  /** When the record's first letter was written, in milliseconds since the epoch. */
  firstLetterAtMs: number;
}>;

/** How long after it was written a letter is resent, by its pace. */
export type Pace = 'soon' | 'later';

/** The pace at which a letter is resent, or why it waits for an operator. */
export type ResendPlan = Pace | 'refused' | 'given-up';

/** Resends at the first pace: an hour of them at five minutes each. */
const soonMax = 12;

/** A record that still fails after three days is left to an operator. */
const givenUpAfterMs = 3 * 24 * 3_600_000;

/** Decides by the letter alone whether it is resent, so all readers decide alike. */
export const planResend = (delivery: FailedDelivery): ResendPlan => {
  const { status, writtenAtMs, resends, firstLetterAtMs } = delivery;
  if (!isTransient(status)) return 'refused';
  if (writtenAtMs - firstLetterAtMs > givenUpAfterMs) return 'given-up';
  return resends < soonMax ? 'soon' : 'later';
};
