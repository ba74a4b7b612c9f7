import { fnvHash } from '#shared/domain/fnv-hash.ts';

/** Questions remembered, four bytes each. A new one takes the place of an older one. */
const slots = 2 ** 16;

/**
 * Returns whether the same key was requested before, recently enough. It knows questions by their
 * hash only, so it may, rarely, take a new one for an old one.
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
