/** Questions remembered, four bytes each. A new one takes the place of an older one. */
const slots = 2 ** 16;

/**
 * Returns whether the same key was requested before, recently enough. It knows questions by their
 * hash only, so it may, rarely, take a new one for an old one.
 */
export const askedLately = (): ((question: string) => boolean) => {
  const hashes = new Uint32Array(slots);
  return (question) => {
    const hash = hashOf(question);
    const slot = hash % slots;
    const isKnown = hashes[slot] === hash;
    hashes[slot] = hash;
    return isKnown;
  };
};

/** FNV-1a over the characters: http://www.isthe.com/chongo/tech/comp/fnv */
const hashOf = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let position = 0; position < text.length; position += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(position), 0x01000193);
  }
  return hash >>> 0;
};
