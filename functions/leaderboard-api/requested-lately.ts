import { fnvHash } from '#shared/domain/fnv-hash.ts';

/** Number of requests remembered, four bytes each. A new one replaces an older one. */
const slots = 2 ** 16;

/**
 * Returns whether the same key was requested before, recently enough. It stores only hashes, so it
 * may, rarely, take a new request for a repeated one.
 */
export const requestedLately = (): ((question: string) => boolean) => {
  const hashes = new Uint32Array(slots);
  return (question) => {
    const hash = fnvHash(question);
    const slot = hash % slots;
    const isKnown = hashes[slot] === hash;
    hashes[slot] = hash;
    return isKnown;
  };
};
