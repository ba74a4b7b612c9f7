import type { Redis } from 'ioredis';
import { type BoardName, boardPrefix, snapshotChannel } from './keys.ts';

/** Tells when what was read of a board may have been superseded. */
export type SnapshotNotices = Readonly<{
  /** Another value after each new snapshot of the board, and whenever notices may have been missed. */
  generation: (board: BoardName) => string;
  /** Whether notices arrive; while they do not, the generation says nothing about the last seconds. */
  isListening: () => boolean;
  close: () => Promise<void>;
}>;

/** Listens on a connection of its own, which comes back by itself. */
export const snapshotNotices = (redis: Redis): SnapshotNotices => {
  const subscriber = redis.duplicate();
  const seen = new Map<string, number>();
  let listening = false;
  let interruptions = 0;

  const interrupt = (isUp: boolean): void => {
    listening = isUp;
    interruptions += 1;
    seen.clear();
  };
  const noticed = (board: string) => seen.set(board, (seen.get(board) ?? 0) + 1);

  subscriber
    .on('error', () => undefined)
    .on('close', () => interrupt(false))
    .on('message', (_channel, board) => noticed(board))
    .on('ready', () => {
      subscriber.subscribe(snapshotChannel).then(
        () => interrupt(true),
        // The connection broke again; the next 'ready' tries anew.
        () => undefined,
      );
    });
  subscriber.connect().catch(() => undefined);

  return {
    generation: (board) => `${interruptions}.${seen.get(boardPrefix(board)) ?? 0}`,
    isListening: () => listening,
    close: () => {
      subscriber.disconnect();
      return Promise.resolve();
    },
  };
};
