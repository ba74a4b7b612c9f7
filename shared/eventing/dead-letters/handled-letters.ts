import { deflateRawSync, inflateRawSync } from 'node:zlib';

/** What a commit of the consumer group stores about a partition. */
export type Position = Readonly<{ offset: string; metadata: string }>;

/** Which letters of one partition were sent again or dropped. */
export type HandledLetters = Readonly<{
  has: (offset: number) => boolean;
  add: (offset: number) => void;
  /**
   * The first letter that is not handled, and behind it a compressed bitmap of those that are.
   * @throws Error when the gaps are more than a commit can hold.
   */
  toPosition: () => Position;
  /** The first letter that is not handled. */
  first: () => number;
}>;

/** What a broker takes of metadata by default, in bytes. */
const METADATA_BYTES_MAX = 4_096;

const bitsIn = (metadata: string): Buffer =>
  metadata === '' ? Buffer.alloc(0) : inflateRawSync(Buffer.from(metadata, 'base64'));

const offsetsIn = (metadata: string, first: number): number[] =>
  [...bitsIn(metadata)].flatMap((byte, index) =>
    Array.from({ length: 8 }, (_, bit) => bit)
      .filter((bit) => ((byte >> bit) & 1) === 1)
      .map((bit) => first + index * 8 + bit),
  );

/**
 * Reads what a commit remembers.
 * @param low the oldest offset that the partition still holds.
 */
export const handledLetters = (position: Position | undefined, low: number): HandledLetters => {
  const committed = Number(position?.offset ?? -1);
  const handled = new Set(offsetsIn(position?.metadata ?? '', committed));
  let first = Math.max(committed, low);
  const advance = (): void => {
    while (handled.delete(first)) first += 1;
  };
  for (const offset of handled) if (offset < first) handled.delete(offset);
  advance();
  return {
    has: (offset) => offset < first || handled.has(offset),
    add: (offset) => {
      if (offset >= first) handled.add(offset);
      advance();
    },
    first: () => first,
    toPosition: () => ({ offset: String(first), metadata: toMetadata(handled, first) }),
  };
};

const toMetadata = (handled: ReadonlySet<number>, first: number): string => {
  if (handled.size === 0) return '';
  const last = [...handled].reduce((most, offset) => Math.max(most, offset), first);
  const bits = Buffer.alloc(Math.ceil((last - first + 1) / 8));
  for (const offset of handled) {
    const index = Math.floor((offset - first) / 8);
    bits.writeUInt8(bits.readUInt8(index) | (1 << ((offset - first) % 8)), index);
  }
  const metadata = deflateRawSync(bits).toString('base64');
  if (metadata.length <= METADATA_BYTES_MAX) return metadata;
  throw new Error(`Too many gaps: send or drop the letters skipped from offset ${first} on first`);
};
