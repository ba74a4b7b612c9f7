import { firstHead, foldEntry, type Seal } from './seal.ts';
import { positionOf, type SealedEntry } from './sealed-entry.ts';

/** A seal of a tenant that still takes entries: nothing is read again when it closes. */
export type OpenSeal = Pick<Seal, 'tenantId' | 'from' | 'to' | 'entries'> &
  Readonly<{
    digest: Buffer;
    /** When its first entry was recorded, in microseconds since 1970. */
    openedAt: number;
  }>;

/** The open seal with one more entry; a new one where there was none. */
export const extendSeal = (open: OpenSeal | undefined, entry: SealedEntry): OpenSeal => {
  const to = positionOf(entry);
  if (open !== undefined)
    return { ...open, to, entries: open.entries + 1, digest: foldEntry(open.digest, entry) };
  return {
    tenantId: entry.tenantId,
    from: to,
    to,
    entries: 1,
    digest: foldEntry(firstHead, entry),
    openedAt: Number(entry['recordedAt']),
  };
};
