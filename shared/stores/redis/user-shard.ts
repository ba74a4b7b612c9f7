/** With 5 million users a hash has 76 fields, which Redis keeps in a listpack. */
const shards = 65_536;

/**
 * The hash in which a user's number is: FNV-1a of its id, 32 bits.
 * http://www.isthe.com/chongo/tech/comp/fnv/
 */
export const userShard = (userId: string): number => {
  let hash = 0x811c9dc5;
  for (let index = 0; index < userId.length; index += 1)
    hash = Math.imul(hash ^ userId.charCodeAt(index), 0x01000193);
  return (hash >>> 0) % shards;
};
