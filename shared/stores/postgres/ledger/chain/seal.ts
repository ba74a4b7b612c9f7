import { createHash, hash } from 'node:crypto';
import { encodeEntry, type Position, type SealedEntry } from './sealed-entry.ts';

/** A link of a tenant's chain: it covers a number of entries from one position to another. */
export type Seal = Readonly<{
  tenantId: string;
  sealNo: number;
  from: Position;
  to: Position;
  entries: number;
  head: Buffer;
  /** Microseconds since 1970. */
  sealedAt: string;
  /** Whether its entries were folded one by one; older seals hash all of them at once. */
  isFolded: boolean;
}>;

/** Few enough to locate a change in a broken seal. */
export const entriesPerSealMax = 1_000;

/**
 * The previous head of the first seal of a chain, and the digest before the first entry of a seal.
 */
export const firstHead = Buffer.alloc(32);

/** The digest of entries that end with this one, from the digest of those before it. */
export const foldEntry = (digest: Buffer, entry: SealedEntry): Buffer =>
  hash('sha256', Buffer.concat([digest, Buffer.from(encodeEntry(entry))]), 'buffer');

/** Entries in a row, hashed one after the other. */
export type Range = Readonly<{
  add: (entry: SealedEntry) => void;
  first: () => SealedEntry | undefined;
  last: () => SealedEntry | undefined;
  entries: () => number;
  /** The hash of all of them. Nothing can be added after it. */
  digest: () => Buffer;
}>;

/** Starts with no entry. */
export const emptyRange = (isFolded = true): Range => {
  const hasher = isFolded ? foldingHasher() : hasherAtOnce();
  let [first, last]: (SealedEntry | undefined)[] = [];
  let entries = 0;
  return {
    add: (entry) => {
      hasher.add(entry);
      first ??= entry;
      last = entry;
      entries += 1;
    },
    first: () => first,
    last: () => last,
    entries: () => entries,
    digest: hasher.digest,
  };
};

type Hasher = Pick<Range, 'add' | 'digest'>;

const foldingHasher = (): Hasher => {
  let digest: Buffer = firstHead;
  return {
    add: (entry) => {
      digest = foldEntry(digest, entry);
    },
    digest: () => digest,
  };
};

const hasherAtOnce = (): Hasher => {
  const hasher = createHash('sha256');
  return { add: (entry) => hasher.update(encodeEntry(entry)), digest: () => hasher.digest() };
};

/**
 * The head of a seal: SHA-256 of the previous head, of the fields of the seal, and of the hash of
 * its entries.
 */
export const headAfter = (
  before: Buffer,
  { tenantId, sealNo, from, to, entries, sealedAt }: Omit<Seal, 'head' | 'isFolded'>,
  digest: Buffer,
): Buffer => {
  const places = [from.transaction, from.entry, to.transaction, to.entry];
  const terms = JSON.stringify([tenantId, sealNo, ...places, entries, sealedAt]);
  return createHash('sha256').update(before).update(terms).update(digest).digest();
};
