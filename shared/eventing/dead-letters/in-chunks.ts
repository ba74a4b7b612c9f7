/** The limits of one chunk. */
export type ChunkLimits = Readonly<{ itemsMax: number; bytesMax: number }>;

/** Cuts items into chunks, in order; an item that is larger than a chunk gets one of its own. */
export function* inChunks<Item>(
  items: Iterable<Item>,
  bytesOf: (item: Item) => number,
  { itemsMax, bytesMax }: ChunkLimits,
): Generator<readonly Item[]> {
  let chunk: Item[] = [];
  let bytes = 0;
  for (const item of items) {
    const size = bytesOf(item);
    if (chunk.length > 0 && (chunk.length >= itemsMax || bytes + size > bytesMax)) {
      yield chunk;
      [chunk, bytes] = [[], 0];
    }
    chunk.push(item);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}
