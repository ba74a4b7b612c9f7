import type { Fact } from '#shared/eventing/fact.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { Say } from './say.ts';

/** Whose campaigns a commit changed, or what they depend on, and what it left to be said. */
type Told = Readonly<{ tenantId: string; facts: readonly Fact[] }>;

/**
 * Lets everybody know of a commit who keeps campaigns in memory, and says its facts. Throws nothing: what was committed stands, and
 * memories forget by age.
 */
export type Tell = (committed: Told) => Promise<void>;

type Dependencies = Readonly<{
  /** Announces that a tenant's campaigns changed. */
  notify: (tenantId: string) => Promise<void>;
  say: Say;
  log: Logger;
}>;

/** Tells after the commit: first those who would decide by what is not so any more. */
export const createTell =
  ({ notify, say, log }: Dependencies): Tell =>
  async ({ tenantId, facts }) => {
    try {
      await notify(tenantId);
    } catch (error) {
      log.warn({ err: error, tenantId }, 'could not notify other pods; their caches expire by age');
    }
    await say(facts);
  };
