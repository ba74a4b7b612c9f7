import type { Correlation } from '#shared/domain/correlation.ts';
import type { InboxUser, SentFrame } from '#shared/domain/inbox/inbox-message.ts';
import { slices } from '#shared/domain/slices.ts';
import type { RedisConnection } from '../driver/connect.ts';
import { defineScripts } from '../driver/define-scripts.ts';
import { inboxKey } from '../driver/keys.ts';
import { withRedis } from '../driver/redis-availability.ts';
import appendInbox from '../scripts/append-inbox-n.lua';
import { causeLine } from './published-frame.ts';

/** What is to be published of one inbox, in the order of the positions. */
export type InboxFrames = Readonly<{ user: InboxUser; frames: readonly SentFrame[] }>;

/** Every method throws Unavailable when Redis is unavailable; repeating is safe. */
export type InboxStream = Readonly<{
  /**
   * Appends frames to the streams of inboxes and publishes them on their channels, each inbox in
   * one step, all of them in one round trip and, outside a cluster, 50 inboxes per command. A frame
   * that is not newer than the last one of its stream is left out. Returns, in order, how many
   * connections listen to each inbox.
   */
  publish: (inboxes: readonly InboxFrames[]) => Promise<readonly number[]>;
  /**
   * The frames that follow a position, the oldest first and without a gap; empty when there are
   * none. Undefined if the stream does not have all of them, or is empty: then read Postgres.
   */
  after: (
    user: InboxUser,
    position: number,
    max: number,
  ) => Promise<readonly SentFrame[] | undefined>;
}>;

type Options = Readonly<{
  /** Frames kept of an inbox, about. */
  framesMax?: number;
  /** How long a stream lives after its last frame. */
  keptMs?: number;
}>;

/**
 * The newest messages of inboxes in Redis, for delivery to connected clients; Postgres has all of
 * them.
 */
export const inboxStream = (
  redis: RedisConnection,
  { framesMax = streamFramesMax, keptMs = 86_400_000 }: Options = {},
): InboxStream => {
  const scripts = defineScripts(redis, { appendInbox: { lua: appendInbox } });
  const append = (inboxes: readonly InboxFrames[]) =>
    scripts.appendInbox(
      inboxes.length,
      ...inboxes.map(({ user }) => inboxKey(user)),
      framesMax,
      keptMs,
      ...inboxes.flatMap(({ frames }) => [
        frames.length,
        ...frames.flatMap((frame) => [frame.position, frame.text, causeLine(frame)]),
      ]),
    ) as Promise<readonly number[]>;

  return {
    publish: (inboxes) =>
      withRedis(async () => {
        const calls = slices(inboxes, redis.isCluster ? 1 : inboxesMax).map(append);
        return (await Promise.all(calls)).flat();
      }),

    after: (user, position, max) =>
      withRedis(async () => {
        const entries = await redis.xrange(inboxKey(user), position, '+', 'COUNT', max + 1);
        const frames = entries.map(toFrame);
        // The entry at the position itself shows that the stream reaches back to it.
        const found = frames[0]?.position === position ? frames.slice(1) : frames;
        const isWhole = found.every((frame, index) => frame.position === position + 1 + index);
        return frames.length > 0 && isWhole ? found.slice(0, max) : undefined;
      }),
  };
};

/**
 * Inboxes of one script call: bounds how long it blocks Redis. On a cluster each is in a slot of
 * its own.
 */
const inboxesMax = 50;

/** How many frames a stream keeps, about: enough for a client that was disconnected for a while. */
export const streamFramesMax = 100;

type Entry = readonly [id: string, fields: readonly string[]];

const toFrame = ([id, fields]: Entry): SentFrame => ({
  position: Number.parseInt(id, 10),
  text: fields[1] ?? '',
  cause: JSON.parse(fields[3] ?? '{}') as Correlation,
});
