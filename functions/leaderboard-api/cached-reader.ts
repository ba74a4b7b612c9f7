import { LRUCache } from 'lru-cache';
import { type BoardName, boardPrefix } from '#shared/stores/redis/keys.ts';
import type { RankReader, RankView } from '#shared/stores/redis/rank-reader.ts';
import type { SnapshotNotices } from '#shared/stores/redis/snapshot-notices.ts';

/** Customers remembered over all answers: about 20 MB. */
const customersMax = 100_000;

/** How long an answer is good while notices arrive: a connection that died in silence is found out by then. */
const listeningTtlMs = 10_000;

/** How long an answer is good while they do not. */
const deafTtlMs = 1_000;

type Answer = RankView | 'unknown-customer';
type Read = () => Promise<Answer | undefined>;

/**
 * Reads a snapshot's pages and customers once, however many ask at the same time, and forgets them when the board's next
 * snapshot is announced. What was read before the announcement is never given after it. Live reads are never remembered, nor
 * is that a board has no snapshot.
 */
export const cachedReader = (reader: RankReader, notices: SnapshotNotices): RankReader => {
  const cache = new LRUCache<string, Answer, Read>({
    maxSize: customersMax,
    sizeCalculation: (answer) => (answer === 'unknown-customer' ? 1 : 1 + answer.rows.length),
    ttl: deafTtlMs,
    fetchMethod: (_key, _stale, { context, options }) => {
      options.ttl = notices.isListening() ? listeningTtlMs : deafTtlMs;
      return context();
    },
  });
  const remember = (board: BoardName, query: object, read: Read) => {
    // The generation is that of the moment before the read, so an answer overtaken by a snapshot is found by nobody.
    const key = JSON.stringify([boardPrefix(board), notices.generation(board), query]);
    return cache.fetch(key, { context: read });
  };

  return {
    page: async (board, query) => {
      const read = () => reader.page(board, query);
      return query.live ? read() : ((await remember(board, query, read)) as RankView | undefined);
    },
    customer: (board, query) => {
      const read = () => reader.customer(board, query);
      return query.live ? read() : remember(board, query, read);
    },
  };
};
