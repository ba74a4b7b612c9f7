import type { Fact } from '#shared/eventing/fact.ts';
import type { Publisher, Unpublished } from '#shared/eventing/publisher.ts';
import { publishFacts } from './events/publish-facts.ts';

/** Where events are published, and the outbox that keeps failed ones. */
export type Announcing = Readonly<{
  publisher: Publisher;
  outbox: Readonly<{
    remove: (facts: readonly Fact[]) => Promise<void>;
    keep: (unpublished: readonly Unpublished[]) => Promise<void>;
  }>;
  /** Called when events could not be published now: reconcile-rewards publishes them later. */
  onFailure: (error: unknown) => void;
}>;

/**
 * Publishes events from the outbox and removes them from it; failed ones stay there, and nothing is
 * thrown.
 */
export const announce = async (
  facts: readonly Fact[],
  { publisher, outbox, onFailure }: Announcing,
): Promise<void> => {
  if (facts.length === 0) return;
  try {
    const { published, unpublished } = await publishFacts(publisher, facts);
    for (const { error } of unpublished.slice(0, 1)) onFailure(error);
    await outbox.remove(published);
    if (unpublished.length > 0) await outbox.keep(unpublished);
  } catch (error) {
    onFailure(error);
  }
};
