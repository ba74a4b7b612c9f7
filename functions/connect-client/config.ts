import { z } from 'zod';
import { count, requestShape } from '#shared/runtime/config.ts';
import { authShape } from '#shared/runtime/http/access/auth.ts';
import { redisUrl } from '#shared/stores/redis/driver/redis-url.ts';

const origin = z
  .string()
  .regex(/^(\*|https?:\/\/[^/\s]+)$/, 'must be origins or *, separated by commas');

/** The variables that bound connections. */
export const limitShape = {
  /**
   * Origins of pages that may connect, separated by commas; `*` is any. Clients that are no browser
   * send none.
   */
  ALLOWED_ORIGINS: z
    .string()
    .default('')
    .transform((text) => text.split(',').map((each) => each.trim()))
    .transform((origins) => origins.filter((each) => each !== ''))
    .pipe(z.array(origin)),
  /** Connections of a pod: more are refused with 503, and the client tries another pod. */
  CONNECTIONS_MAX: count.default(4_000),
  /** Connections of a pod that have shown no token yet: a further one replaces the oldest. */
  PENDING_CONNECTIONS_MAX: count.default(1_000),
  USER_CONNECTIONS_MAX: count.default(10),
  /** Bytes that wait for a slow reader before its connection is closed. */
  BUFFERED_BYTES_MAX: count.default(262_144),
  /**
   * Frames that are replayed to a client that reconnects; it reads the inbox where there are more.
   */
  REPLAY_FRAMES_MAX: count.default(1_000),
  /** How often each connection is checked and its position is compared with the inbox. */
  HEARTBEAT_SECONDS: count.default(25),
  /** How long a WebSocket may take to show its token. */
  HELLO_SECONDS: count.default(5),
  /**
   * Age at which a connection is closed, up to a fifth earlier: before queue-proxy cuts it at
   * timeoutSeconds.
   */
  CONNECTION_SECONDS: count.default(570),
  /** Over how many seconds connections are closed at SIGTERM. */
  DRAIN_SECONDS: count.max(20).default(20),
};

/** The limits of connections. */
export type Limits = Readonly<z.output<z.ZodObject<typeof limitShape>>>;

/** The variables of connect-client. */
export const shape = {
  DATABASE_URL: z.url(),
  /** Connections per pod: reads of positions and of frames that the streams lack. */
  DATABASE_POOL_MAX: count.default(2),
  REDIS_URL: redisUrl,
  ...limitShape,
  ...authShape,
  ...requestShape,
};
