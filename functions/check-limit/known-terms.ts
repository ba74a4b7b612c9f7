import { LRUCache } from 'lru-cache';
import {
  type LimitReader,
  type RewardKey,
  type RewardTerms,
  rewardKey,
} from '#shared/stores/postgres/limits/limit-reader.ts';

/**
 * Terms of rewards as they were when somebody last read them: what to lock is chosen by them, and
 * what was chosen is checked.
 */
export type KnownTerms = Readonly<{
  /**
   * The terms that are known, and for the others those in force; a campaign that does not exist has
   * none.
   */
  find: (keys: readonly RewardKey[]) => Promise<ReadonlyMap<string, RewardTerms>>;
  /** Has these read again by the next `find`. */
  forget: (keys: readonly RewardKey[]) => void;
}>;

/**
 * Remembers the terms of active tenants, those used last. The reason for refusing the others is
 * always read again.
 */
export const knownTerms = (
  limits: Pick<LimitReader, 'terms'>,
  { termsMax = 10_000 }: Readonly<{ termsMax?: number }> = {},
): KnownTerms => {
  const known = new LRUCache<string, RewardTerms>({ max: termsMax });
  return {
    find: async (keys) => {
      const found = new Map<string, RewardTerms>();
      const unknown = keys.filter((key) => {
        const terms = known.get(rewardKey(key));
        if (terms !== undefined) found.set(rewardKey(key), terms);
        return terms === undefined;
      });
      for (const [key, terms] of await limits.terms(unknown)) {
        found.set(key, terms);
        if (terms.isActive) known.set(key, terms);
      }
      return found;
    },
    forget: (keys) => {
      for (const key of keys) known.delete(rewardKey(key));
    },
  };
};
