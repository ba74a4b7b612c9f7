import { type InboxUser, type SentFrame, sentFrame } from '#shared/domain/inbox/inbox-message.ts';
import { createMicroBatch } from '#shared/runtime/events/micro-batch.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { InboxStore } from '#shared/stores/postgres/inbox/inbox-store.ts';
import { redisCircuit } from '#shared/stores/redis/driver/redis-availability.ts';
import type { InboxStream } from '#shared/stores/redis/inbox/inbox-stream.ts';

/**
 * The inboxes of users, to be read. Every method throws Unavailable while Postgres is needed and
 * unavailable.
 */
export type Inboxes = Readonly<{
  /**
   * The position of the newest message of a user; 0 for an empty inbox. Users are read together, up
   * to 500 at once, and while one read is under way, no other begins.
   */
  newestOf: (user: InboxUser) => Promise<number>;
  /**
   * Frames after a position that is not the newest, from the stream, or from Postgres where the
   * stream lacks them.
   */
  after: (user: InboxUser, position: number, max: number) => Promise<readonly SentFrame[]>;
}>;

type Sources = Readonly<{
  store: Pick<InboxStore, 'newest' | 'after'>;
  stream: Pick<InboxStream, 'after'>;
  log: Logger;
}>;

/** How long a stream may take to be read: Postgres has the same frames. */
const streamMs = 250;

/**
 * Reads positions in Postgres, which always has all of them, and frames in Redis where it has them.
 */
export const createInboxes = ({ store, stream, log }: Sources): Inboxes => {
  const batch = createMicroBatch({
    itemsMax: 500,
    flushesMax: 1,
    waitingMax: 10_000,
    flush: (users: readonly InboxUser[]) => store.newest(users),
  });
  const circuit = redisCircuit();
  const fromStream = async (...asked: Parameters<InboxStream['after']>) => {
    try {
      return (await circuit.run(() => stream.after(...asked), streamMs)) ?? [];
    } catch (error) {
      log.debug({ err: error }, 'a stream could not be read');
      return [];
    }
  };
  return {
    newestOf: (user) => batch.add(user),
    after: async (user, position, max) => {
      const streamed = await fromStream(user, position, max);
      if (streamed.length > 0) return streamed;
      return (await store.after(user, position, max)).map(sentFrame);
    },
  };
};
