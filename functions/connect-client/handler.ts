import type { HandleUpgrade } from '#shared/runtime/host.ts';
import type { Authenticate } from '#shared/runtime/http/access/auth.ts';
import type { HttpFunction } from '#shared/runtime/http/http-function.ts';
import type { Logger } from '#shared/runtime/log.ts';
import type { InboxStore } from '#shared/stores/postgres/inbox/inbox-store.ts';
import type { InboxChannel, InboxListener } from '#shared/stores/redis/inbox/inbox-channel.ts';
import type { InboxStream } from '#shared/stores/redis/inbox/inbox-stream.ts';
import type { Limits } from './config.ts';
import { createDoor } from './door.ts';
import { serveEventStreams } from './event-stream.ts';
import { Gateway, heartbeatParts } from './gateway.ts';
import { createInboxes } from './inboxes.ts';
import { acceptWebSockets } from './websocket.ts';

type Dependencies = Readonly<{
  store: Pick<InboxStore, 'newest' | 'after'>;
  stream: Pick<InboxStream, 'after'>;
  openChannel: (listener: InboxListener) => InboxChannel;
  authenticate: Authenticate;
  limits: Limits;
  log: Logger;
}>;

type Handler = Readonly<{
  handle: HttpFunction;
  upgrade: HandleUpgrade;
  onDrain: () => void;
  /** Checks all connections now, as it happens part by part in each interval. */
  heartbeat: () => Promise<void>;
  close: () => Promise<void>;
}>;

/**
 * Gives each connected client every frame of its user's inbox once and in order, from where it left
 * off, however often it reconnects and whatever Redis loses.
 */
export const createHandler = (dependencies: Dependencies): Handler => {
  const { store, stream, openChannel, authenticate, limits, log } = dependencies;
  const inboxes = createInboxes({ store, stream, log });
  const gateway = new Gateway({ inboxes, openChannel, limits, log });
  const door = createDoor(limits);
  const beatMs = (limits.HEARTBEAT_SECONDS * 1_000) / heartbeatParts;
  const timer = setInterval(() => void gateway.beat(), beatMs).unref();
  return {
    handle: serveEventStreams({ gateway, door, authenticate, log }),
    upgrade: acceptWebSockets({ gateway, door, authenticate, limits, log }),
    onDrain: () => gateway.drain(),
    heartbeat: () => gateway.heartbeat(),
    close: () => {
      clearInterval(timer);
      return gateway.close();
    },
  };
};
