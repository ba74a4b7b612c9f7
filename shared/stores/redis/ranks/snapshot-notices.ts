import { type ChangeNotices, changeNotices } from '../change-notices.ts';
import type { RedisConnection } from '../driver/connect.ts';
import { type BoardName, boardPrefix, snapshotChannel } from '../driver/keys.ts';

/** Reports when cached data of a board may be outdated. */
export type SnapshotNotices = Omit<ChangeNotices, 'generation'> &
  Readonly<{
    /**
     * Another value after each new snapshot of the board, and whenever notices may have been
     * missed.
     */
    generation: (board: BoardName) => string;
  }>;

/** Listens for snapshots as they are published. */
export const snapshotNotices = (redis: RedisConnection): SnapshotNotices => {
  const notices = changeNotices(redis, snapshotChannel);
  return { ...notices, generation: (board) => notices.generation(boardPrefix(board)) };
};
