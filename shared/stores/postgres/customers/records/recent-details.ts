import { LRUCache } from 'lru-cache';
import type { StoredDetails } from '#shared/domain/matching/record-details.ts';
import type { Person } from '../../privacy/person.ts';

/** As long as keys of persons stay in memory (`personKeys`). */
const keptMs = 60_000;
const recordsMax = 10_000;

type Recent = Readonly<{ ciphertext: string; details: StoredDetails }>;

/** What ciphertexts of records contain, kept in memory for a minute. */
export type RecentDetails = Readonly<{
  remember: (person: Person, recent: Recent) => void;
  /**
   * What a ciphertext contains, if it was remembered. Call it only for a ciphertext and a person
   * whose key both exist: after the key is destroyed, nobody may read the details.
   */
  find: (person: Person, ciphertext: string) => StoredDetails | undefined;
}>;

/** Saves a store from decrypting the records that it encrypted or decrypted a moment ago. */
export const recentDetails = (): RecentDetails => {
  const recent = new LRUCache<string, Recent>({
    max: recordsMax,
    ttl: keptMs,
    // Personal data leaves the memory when it expires, not when another record needs its place.
    ttlAutopurge: true,
  });
  return {
    remember: (person, own) => {
      recent.set(nameOf(person), own);
    },
    find: (person, ciphertext) => {
      const found = recent.get(nameOf(person));
      return found?.ciphertext === ciphertext ? found.details : undefined;
    },
  };
};

const nameOf = ({ tenantId, personId }: Person): string => `${tenantId} ${personId}`;
