import { setTimeout as sleep } from 'node:timers/promises';
import type { RoutedEvent } from '../events/routed-event.ts';
import { type Answer, outcomeOf } from './answer.ts';
import { deadLetter } from './dead-letter.ts';
import type { RetryPolicy } from './retry-policy.ts';
import type { Target } from './target.ts';

/** The outcomes of the events of one source. */
export type DeliveryCounts = {
  delivered: number;
  /** Attempts after the first. */
  retried: number;
  deadLettered: number;
  /** Given up without a dead-letter sink, or dropped with a poll that could not be read. */
  lost: number;
};

export type DeliveryRoute = Readonly<{
  target: Target;
  policy: RetryPolicy;
  deadLetterSink: Target | undefined;
  counts: DeliveryCounts;
  /** Handles an accepted event's answer; false means that the delivery failed after all. */
  onAccepted?: (answer: Answer) => Promise<boolean>;
  /** Aborted when the source stops: then nothing waits for retries. */
  stopping: AbortSignal;
}>;

type Attempts = Readonly<{ isAccepted: boolean; answer: Answer }>;

/** Sends until it is accepted, refused, or out of retries. */
const attempt = async (
  event: RoutedEvent,
  target: Target,
  { policy, counts, stopping }: DeliveryRoute,
): Promise<Attempts> => {
  for (let retry = 1; ; retry += 1) {
    const answer = await target.send(event, policy.timeoutMs);
    const outcome = outcomeOf(answer);
    if (outcome === 'delivered') return { isAccepted: true, answer };
    if (outcome === 'refused' || retry > policy.retries) return { isAccepted: false, answer };
    await sleep(policy.backoffMs(retry), undefined, { signal: stopping });
    counts.retried += 1;
  }
};

/**
 * Delivers an event or, when that finally fails, sends it to the dead-letter sink under the same
 * policy. Either way the record is finished. Rejects only when the source stops in between: then
 * the record is not finished, and is redelivered.
 */
export const deliver = async (event: RoutedEvent, route: DeliveryRoute): Promise<void> => {
  const { target, deadLetterSink, counts, onAccepted } = route;
  const { isAccepted, answer } = await attempt(event, target, route);
  if (isAccepted && (onAccepted === undefined || (await onAccepted(answer)))) {
    counts.delivered += 1;
    return;
  }
  // The dispatcher drops a reply that is not an event.
  const letter = deadLetter(event, target.url, isAccepted ? {} : answer);
  const isKept = deadLetterSink && (await attempt(letter, deadLetterSink, route)).isAccepted;
  counts[isKept ? 'deadLettered' : 'lost'] += 1;
};
