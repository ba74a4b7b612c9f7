/**
 * The FNV-1a hash of a text over its UTF-16 units, a whole number of 32 bits: quick, for spreading,
 * not for keeping secrets. http://www.isthe.com/chongo/tech/comp/fnv/
 */
export const fnvHash = (text: string): number => {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
};
