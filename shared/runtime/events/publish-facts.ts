import { InvalidEvent } from '#shared/domain/errors.ts';
import type { Fact } from '#shared/eventing/fact.ts';
import type { Publisher, Unpublished } from '#shared/eventing/publisher.ts';
import { factsPublishedTotal, factsUnpublishedTotal } from '../metrics.ts';

type Published = Readonly<{ published: readonly Fact[]; unpublished: readonly Unpublished[] }>;

/**
 * Publishes events, counts those that were published, and returns them apart from those that were
 * not.
 */
export const publishFacts = async (
  publisher: Pick<Publisher, 'publish'>,
  facts: readonly Fact[],
): Promise<Published> => {
  const unpublished = await publisher.publish(facts);
  const failed = new Set(unpublished.map(({ fact }) => fact));
  const published = facts.filter((fact) => !failed.has(fact));
  for (const { type } of published) factsPublishedTotal.inc({ type });
  for (const { fact, error } of unpublished)
    factsUnpublishedTotal.inc({ type: fact.type, reason: reasonOf(error) });
  return { published, unpublished };
};

const reasonOf = (error: Unpublished['error']): string =>
  error instanceof InvalidEvent ? error.code : `${error.dependency}-unavailable`;
