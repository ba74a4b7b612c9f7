import type { Redis } from 'ioredis';
import type { InboxUser, SentFrame } from '#shared/domain/inbox/inbox-message.ts';
import { slices } from '#shared/domain/slices.ts';
import type { RedisConnection } from '../driver/connect.ts';
import { inboxKey } from '../driver/keys.ts';
import { shardConnections } from '../driver/shard-connections.ts';
import { publishedFrame } from './published-frame.ts';

/** Who is called; both are called from an event of the connection and must not throw. */
export type InboxListener = Readonly<{
  /** A frame was published. Frames may be missed or repeated: positions show it. */
  received: (user: InboxUser, frame: SentFrame) => void;
  /**
   * From now on what is published for these users is received, for the first time or again after an
   * interruption. What was published before may have been missed: compare positions.
   */
  subscribed: (users: readonly InboxUser[]) => void;
}>;

export type InboxChannel = Readonly<{
  /**
   * Subscribes to an inbox, until `unsubscribe`: as soon as Redis is available, and again after
   * each interruption.
   */
  subscribe: (user: InboxUser) => void;
  /** Ends the subscription. */
  unsubscribe: (user: InboxUser) => void;
  /** Whether what is published for the user is received at the moment. */
  isSubscribed: (user: InboxUser) => boolean;
  close: () => Promise<void>;
}>;

type Options = Readonly<{
  /** How often connections are checked, and failed subscriptions are tried again. */
  heartbeatMs?: number;
}>;

/**
 * Listens to the sharded channels of inboxes. A subscriber sends nothing by itself: the heartbeat
 * detects a network that was cut silently, a slot that moved to another node, and a subscription
 * that failed.
 */
export const inboxChannel = (
  redis: RedisConnection,
  listener: InboxListener,
  { heartbeatMs = 5_000 }: Options = {},
): InboxChannel => {
  const subscriptions: Subscriptions = new Map();
  const interruptions: Interruptions = new WeakMap();
  const all = () => [...subscriptions.values()];
  const connections = shardConnections(redis, {
    lost: (connection) => {
      interruptions.set(connection, {});
      endWhere(subscriptions, ({ on }) => on === connection);
    },
    opened: () => void open(all()),
    received: (key, message) => {
      const user = subscriptions.get(key)?.user;
      if (user !== undefined) listener.received(user, publishedFrame(message));
    },
  });

  const lengthMax = redis.isCluster ? 1 : channelsMax;
  const openOn = opener({ subscriptions, interruptions, listener, lengthMax });

  const open = async (wanted: readonly Subscription[]): Promise<void> => {
    await connections.slotsKnown();
    const closed = wanted.filter((each) => subscriptions.get(each.key) === each && !each.on);
    for (const [connection, own] of Map.groupBy(closed, ({ key }) => connections.of(key)))
      if (connection !== undefined) void openOn(connection, own);
  };

  const stop = every(heartbeatMs, () => {
    endWhere(subscriptions, ({ on, key }) => on !== connections.of(key));
    void open(all());
    connections.check(new Set(all().map(({ key }) => connections.of(key))));
  });
  const together = inOneTurn(open);
  return {
    subscribe: (user) => {
      const key = inboxKey(user);
      if (subscriptions.has(key)) return;
      const subscription = { user, key, on: undefined };
      subscriptions.set(key, subscription);
      together(subscription);
    },
    unsubscribe: (user) => forget(subscriptions, inboxKey(user)),
    isSubscribed: (user) => subscriptions.get(inboxKey(user))?.on !== undefined,
    close: () => {
      stop();
      connections.close();
      return Promise.resolve();
    },
  };
};

type Subscription = {
  readonly user: InboxUser;
  readonly key: string;
  /** The connection that subscribed; undefined while none has. */
  on: Redis | undefined;
};

type Subscriptions = Map<string, Subscription>;

/**
 * The last interruption of each connection. Looked at instead of listened to: any number of calls
 * may be under way on one connection.
 */
type Interruptions = WeakMap<Redis, object>;

const forget = (subscriptions: Subscriptions, key: string): void => {
  const on = subscriptions.get(key)?.on;
  subscriptions.delete(key);
  if (on !== undefined) end(on, key);
};

const endWhere = (subscriptions: Subscriptions, isEnded: (each: Subscription) => boolean): void => {
  for (const each of subscriptions.values()) if (isEnded(each)) each.on = undefined;
};

type Opening = Readonly<{
  subscriptions: Subscriptions;
  interruptions: Interruptions;
  listener: InboxListener;
  lengthMax: number;
}>;

/** Subscribes on a connection, as far as that is still wanted and missing once it is done. */
const opener =
  ({ subscriptions, interruptions, listener, lengthMax }: Opening) =>
  async (connection: Redis, wanted: readonly Subscription[]): Promise<void> => {
    const interruption = interruptions.get(connection);
    const done = await subscribed(connection, slices(wanted, lengthMax));
    if (interruptions.get(connection) !== interruption) return;
    for (const { key } of done) if (!subscriptions.has(key)) end(connection, key);
    const opened = done.filter((each) => subscriptions.get(each.key) === each && !each.on);
    for (const each of opened) each.on = connection;
    if (opened.length > 0) listener.subscribed(opened.map(({ user }) => user));
  };

/**
 * One server takes any number of channels in a command, a node of a cluster only those of one slot.
 */
const channelsMax = 500;

/** Subscribes where the connection is open, and returns what succeeded. */
const subscribed = async (
  connection: Redis,
  commands: readonly (readonly Subscription[])[],
): Promise<readonly Subscription[]> => {
  if (connection.status !== 'ready') return [];
  const settled = await Promise.allSettled(
    commands.map(async (own) => {
      await connection.ssubscribe(...own.map(({ key }) => key));
      return own;
    }),
  );
  return settled.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
};

/** On a connection that breaks, the subscription ends with it. */
const end = (connection: Redis, key: string): void => {
  connection.sunsubscribe(key).catch(() => undefined);
};

/** Repeats work until it is stopped. */
const every = (periodMs: number, work: () => void): (() => void) => {
  const timer = setInterval(work, periodMs);
  timer.unref();
  return () => clearInterval(timer);
};

/** Passes on everything that arrives in one turn of the event loop together. */
const inOneTurn = <Item>(work: (items: readonly Item[]) => Promise<void>) => {
  let waiting: Item[] = [];
  return (item: Item): void => {
    if (waiting.push(item) > 1) return;
    setImmediate(() => {
      const items = waiting;
      waiting = [];
      void work(items);
    });
  };
};
