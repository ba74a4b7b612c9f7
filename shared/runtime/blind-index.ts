import { hkdfSync } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { hmacSha256 } from './hmac-sha256.ts';

/** What a value is indexed as: a tenant's field, such as `phone`. */
type IndexedField = Readonly<{ tenantId: string; field: string }>;

/** Finds values by equality without storing them. */
export type BlindIndex = Readonly<{
  /** The index to store with a value; by the current key, or by the one of an id. */
  of: (field: IndexedField, value: string, keyId?: string) => string;
  /**
   * Every index that the value may be stored under, the current one first: look for any of them
   * until all rows have the current one.
   */
  all: (field: IndexedField, value: string) => readonly string[];
}>;

type Key = Readonly<{ id: string; bytes: Buffer }>;

type DerivedKey = Readonly<{ id: string; digestOf: (value: string) => string }>;

/** Fields whose keys stay in memory. */
const fieldsMax = 1_000;

type Options = Readonly<{
  /** The first one is current; the others are still looked for. */
  keys: readonly Key[];
  /** Bits that are kept, 8 to 256: see `coincidences`. */
  bits: number;
}>;

/**
 * HMAC-SHA-256 of a normalized value, truncated, as `<key id>.<hexadecimal>`. Each tenant and field
 * has a key of its own, derived by HKDF (RFC 5869), so equal values of two tenants or fields have
 * different indexes, and someone with a copy of the table but no key cannot try values.
 *
 * Two values may have the same index by chance, more often the fewer bits are kept, so decrypt and
 * compare the rows that are found. This is intended: an index that identifies each value exactly
 * shows which rows are equal.
 */
export const blindIndex = ({ keys, bits }: Options): BlindIndex => {
  if (keys.length === 0) throw new Error('A blind index needs a key');
  if (!Number.isInteger(bits) || bits < 8 || bits > 256)
    throw new Error(`A blind index keeps 8 to 256 bits, not ${bits}`);
  const derived = new LRUCache<string, readonly DerivedKey[]>({ max: fieldsMax });
  // Of the last field: the values of a record, and of a batch, mostly belong to one.
  let last: (IndexedField & Readonly<{ own: readonly DerivedKey[] }>) | undefined;
  const keysOf = ({ tenantId, field }: IndexedField): readonly DerivedKey[] => {
    if (last?.tenantId !== tenantId || last.field !== field)
      last = { tenantId, field, own: derivedFor({ tenantId, field }) };
    return last.own;
  };
  const derivedFor = ({ tenantId, field }: IndexedField): readonly DerivedKey[] => {
    const name = `${field.length} ${field} ${tenantId}`;
    const known = derived.get(name);
    if (known !== undefined) return known;
    const info = JSON.stringify(['blind-index', tenantId, field]);
    const own = keys.map(({ id, bytes }) => ({
      id,
      digestOf: hmacSha256(new Uint8Array(hkdfSync('sha256', bytes, '', info, 32))),
    }));
    derived.set(name, own);
    return own;
  };
  const indexOf = ({ id, digestOf }: DerivedKey, value: string): string =>
    `${id}.${truncated(digestOf(value), bits)}`;
  return {
    all: (field, value) => keysOf(field).map((key) => indexOf(key, value)),
    of: (field, value, keyId = keys[0]?.id) => {
      const key = keysOf(field).find(({ id }) => id === keyId);
      if (key === undefined) throw new Error(`The blind index has no key ${String(keyId)}`);
      return indexOf(key, value);
    },
  };
};

/** The first bits of a hexadecimal digest; those of the last byte that are beyond are 0. */
const truncated = (digest: string, bits: number): string => {
  const digits = Math.floor(bits / 4);
  if (bits % 8 === 0) return digest.slice(0, digits);
  const kept = Number.parseInt(digest.charAt(digits), 16) & (0xf0 >> (bits % 4)) & 0xf;
  return (digest.slice(0, digits) + kept.toString(16)).padEnd(2 * Math.ceil(bits / 8), '0');
};

/**
 * How many of so many rows share an index by chance: rows / 2^bits, by CipherSweet's analysis
 * (https://ciphersweet.paragonie.com/internals/blind-index). It advises bits with 2 ≤ coincidences
 * < √rows, summed over the indexes of a table: with fewer coincidences the index shows which rows
 * are equal, with more a search reads too many rows.
 */
export const coincidences = (rows: number, bits: number): number => rows / 2 ** bits;
