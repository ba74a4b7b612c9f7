import { LRUCache } from 'lru-cache';
import { type BoardName, boardPrefix } from '#shared/stores/redis/driver/keys.ts';
import type { RankReader, RankView } from '#shared/stores/redis/ranks/rank-reader.ts';
import type { SnapshotNotices } from '#shared/stores/redis/ranks/snapshot-notices.ts';
import { requestedLately } from './requested-lately.ts';

/** Customers cached in all answers: about 20 MB. */
const customersMax = 100_000;

/**
 * How long a response is cached while notices arrive; by then a connection that died silently is
 * detected.
 */
const listeningTtlMs = 10_000;

/** How long a response is cached while they do not. */
const deafTtlMs = 1_000;

type Answer = RankView | 'unknown-customer';
type Read = () => Promise<Answer | undefined>;

/**
 * Reads a snapshot's pages and customers once for concurrent callers, caches those that are
 * requested again, and drops them when the board's next snapshot is published. What was read before
 * the announcement is never returned after it. Live reads are never cached, nor is a missing
 * snapshot.
 */
export const cachedReader = (reader: RankReader, notices: SnapshotNotices): RankReader => {
  const cache = new LRUCache<string, Answer>({
    maxSize: customersMax,
    sizeCalculation: (answer) => (answer === 'unknown-customer' ? 1 : 1 + answer.rows.length),
  });
  const wasRequestedLately = requestedLately();
  const readOnce = shareReads();

  const remember = async (board: BoardName, query: object, read: Read) => {
    // The generation is taken before the read, so a result that is older than a snapshot is never
    // found.
    const key = JSON.stringify([boardPrefix(board), notices.generation(board), query]);
    const remembered = cache.get(key);
    if (remembered !== undefined) return remembered;
    // Most customers and pages are requested once. Keeping them would cost the garbage collector
    // pauses of 10 ms a second.
    const isWorthIt = wasRequestedLately(key);
    const ttl = notices.isListening() ? listeningTtlMs : deafTtlMs;
    const answer = await readOnce(key, read);
    if (isWorthIt) cache.set(key, answer, { ttl });
    return answer;
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

/** Concurrent callers for the same key share one read. */
const shareReads = () => {
  const underWay = new Map<string, ReturnType<Read>>();
  return (key: string, read: Read): ReturnType<Read> => {
    const joined = underWay.get(key);
    if (joined !== undefined) return joined;
    const started = read().finally(() => underWay.delete(key));
    underWay.set(key, started);
    return started;
  };
};
