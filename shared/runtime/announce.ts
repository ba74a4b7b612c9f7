import type { Fact } from '#shared/eventing/fact.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import { factsPublishedTotal } from './metrics.ts';

type Announcing = Readonly<{
  publisher: Publisher;
  outbox: Readonly<{ remove: (facts: readonly Fact[]) => Promise<void> }>;
  /** Told when facts could not be published now: reconcile-rewards publishes them later. */
  onFailure: (error: unknown) => void;
}>;

/** Publishes facts that are in the outbox and takes them out of it; what fails stays there, and nothing is thrown. */
export const announce = async (
  facts: readonly Fact[],
  { publisher, outbox, onFailure }: Announcing,
): Promise<void> => {
  if (facts.length === 0) return;
  try {
    await publisher.publish(facts.map((fact) => ({ fact })));
    for (const { type } of facts) factsPublishedTotal.inc({ type });
    await outbox.remove(facts);
  } catch (error) {
    onFailure(error);
  }
};
