import { InvalidEvent } from '#shared/domain/errors.ts';
import type { Outcome } from '../events/event-handler.ts';

/** Whether an event of a batch is to be handled, or is refused for good. */
export const isAccepted = <Accepted>(result: Accepted | InvalidEvent): result is Accepted =>
  !(result instanceof InvalidEvent);

/** The outcomes of a whole batch, given those of what was accepted of it, in order. */
export const outcomesOf = (
  batch: readonly unknown[],
  accepted: readonly Outcome[],
): readonly Outcome[] => {
  const outcomes = accepted.values();
  return batch.map((result) =>
    isAccepted(result) ? (outcomes.next().value as Outcome) : (result as InvalidEvent),
  );
};
