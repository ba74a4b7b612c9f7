import { LRUCache } from 'lru-cache';
import type { StoredDetails } from '#shared/domain/matching/record-details.ts';
import type { Person } from '../../privacy/person.ts';

/** As long as keys of persons stay in memory (`personKeys`). */
const keptMs = 60_000;
const recordsMax = 10_000;

type Recent = Readonly<{ ciphertext: string; details: StoredDetails }>;

const recent = new LRUCache<string, Recent>({ max: recordsMax, ttl: keptMs });

const nameOf = ({ tenantId, personId }: Person): string => `${tenantId} ${personId}`;

/** Remembers for a minute what a ciphertext of a record contains. */
export const rememberDetails = (
  person: Person,
  ciphertext: string,
  details: StoredDetails,
): void => {
  recent.set(nameOf(person), { ciphertext, details });
};

/**
 * What a ciphertext of a record contains, if this process encrypted or decrypted it within the last
 * minute. Call it only for a ciphertext and a person whose key both exist: after the key is
 * destroyed, nobody may read the details.
 */
export const recentDetails = (person: Person, ciphertext: string): StoredDetails | undefined => {
  const found = recent.get(nameOf(person));
  return found?.ciphertext === ciphertext ? found.details : undefined;
};
