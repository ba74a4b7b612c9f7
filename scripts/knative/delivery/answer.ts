import { isTransient } from '#shared/domain/dead-letters/is-transient.ts';

/** The answer to a request. Without a status there was none: it was refused, reset or timed out. */
export type Answer = Readonly<{
  status?: number;
  headers?: Readonly<Record<string, string | string[] | undefined>>;
  body?: Buffer;
}>;

/** What follows from an answer: done, try again, or give up at once. */
export type DeliveryOutcome = 'delivered' | 'retry' | 'refused';

/**
 * Knative's dispatcher decides by the status alone; redirects are not followed and count as
 * refusals.
 */
export const outcomeOf = ({ status }: Answer): DeliveryOutcome => {
  if (status === undefined || isTransient(status)) return 'retry';
  return status < 300 ? 'delivered' : 'refused';
};
