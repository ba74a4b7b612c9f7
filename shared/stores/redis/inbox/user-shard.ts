import { fnvHash } from '#shared/domain/fnv-hash.ts';

/** With 5 million users a hash has 76 fields, which Redis keeps in a listpack. */
const shards = 65_536;

/** The hash in which a user's number is. */
export const userShard = (userId: string): number => fnvHash(userId) % shards;
