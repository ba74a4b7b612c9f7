import { InvalidEvent } from '#shared/domain/errors.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import { correlationOf } from '../correlation.ts';
import type { Delivery, EventHandler, Outcome } from './event-handler.ts';
import { publishFacts } from './publish-facts.ts';

type Handled = Readonly<{
  deliveries: readonly Delivery<unknown>[];
  /** One per delivery, in order. */
  outcomes: readonly Outcome[];
}>;

/**
 * Publishes what a batch brought about, each event under the correlation that it was committed with,
 * or else that of its delivery. Returns the outcomes, with the error in place of each that has an
 * event which could not be published; the others are not affected.
 */
export const publishOutcomes = async (
  handler: Pick<EventHandler, 'published' | 'unpublished'>,
  publisher: Pick<Publisher, 'publish'>,
  { deliveries, outcomes }: Handled,
): Promise<readonly Outcome[]> => {
  const factsOf = outcomes.map((outcome, index) =>
    outcome instanceof Error ? [] : outcome.facts.map((fact) => caused(fact, deliveries[index])),
  );
  const facts = factsOf.flat();
  if (facts.length === 0) return outcomes;
  const { published, unpublished } = await publishFacts(publisher, facts);
  await handler.published?.(published);
  if (unpublished.length > 0) await handler.unpublished?.(unpublished);
  const isKept = handler.unpublished !== undefined;
  const failures = unpublished.filter(({ error }) => !(isKept && error instanceof InvalidEvent));
  const errors = new Map(failures.map(({ fact, error }) => [fact, error]));
  return outcomes.map((outcome, index) => {
    const failed = factsOf[index]?.find((fact) => errors.has(fact));
    return (failed && errors.get(failed)) ?? outcome;
  });
};

const caused = (fact: Fact, cause: Delivery<unknown> | undefined): Fact =>
  fact.correlationId === undefined && cause ? { ...fact, ...correlationOf(cause.event) } : fact;
