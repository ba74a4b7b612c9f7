import { createHash } from 'node:crypto';
import { encodeEntry, type Position, type SealedEntry } from './sealed-entry.ts';

/** A link of a tenant's chain: it speaks of so many entries from one position to another. */
export type Seal = Readonly<{
  tenantId: string;
  sealNo: number;
  from: Position;
  to: Position;
  entries: number;
  head: Buffer;
  /** Microseconds since 1970. */
  sealedAt: string;
}>;

/** Few enough that a broken seal says where to look. */
export const entriesPerSealMax = 1_000;

/** What the first seal of a chain follows. */
export const firstHead = Buffer.alloc(32);

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
export const emptyRange = (): Range => {
  const hash = createHash('sha256');
  let [first, last]: (SealedEntry | undefined)[] = [];
  let entries = 0;
  return {
    add: (entry) => {
      hash.update(encodeEntry(entry));
      first ??= entry;
      last = entry;
      entries += 1;
    },
    first: () => first,
    last: () => last,
    entries: () => entries,
    digest: () => hash.digest(),
  };
};

/** The head of a seal: SHA-256 of the head before it, of all that the seal says, and of the hash of its entries. */
export const headAfter = (
  before: Buffer,
  { tenantId, sealNo, from, to, entries, sealedAt }: Omit<Seal, 'head'>,
  digest: Buffer,
): Buffer => {
  const places = [from.transaction, from.entry, to.transaction, to.entry];
  const says = JSON.stringify([tenantId, sealNo, ...places, entries, sealedAt]);
  return createHash('sha256').update(before).update(says).update(digest).digest();
};
