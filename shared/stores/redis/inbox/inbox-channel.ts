import type { Redis } from 'ioredis';
import type { InboxUser, SentFrame } from '#shared/domain/inbox/inbox-message.ts';
import { slices } from '#shared/domain/slices.ts';
import type { RedisConnection } from '../driver/connect.ts';
import { inboxKey } from '../driver/keys.ts';
import { type ShardConnections, shardConnections } from '../driver/shard-connections.ts';
import { publishedFrame } from './published-frame.ts';

/** Who is called; both are called from an event of the connection and must not throw. */
export type InboxListener = Readonly<{
  /** A frame was published. Frames may be missed or repeated: positions show it. */
  received: (user: InboxUser, frame: SentFrame) => void;
  /**
   * From now on what is published for these users is received, for which nobody waits any longer:
   * again after an interruption, or late. What was published before may have been missed: compare
   * positions.
   */
  subscribed: (users: readonly InboxUser[]) => void;
}>;

export type InboxChannel = Readonly<{
  /**
   * Subscribes to an inbox, until `unsubscribe`: as soon as Redis is available, and again after
   * each interruption. Resolves once what is published is received; without Redis after 250 ms,
   * and `subscribed` is called when it is back.
   */
  subscribe: (user: InboxUser) => Promise<void>;
  /** Ends the subscription, within a second. */
  unsubscribe: (user: InboxUser) => void;
  /** Whether what is published for the user is received at the moment. */
  isSubscribed: (user: InboxUser) => boolean;
  close: () => Promise<void>;
}>;

type Options = Readonly<{
  /** How often connections are checked, and failed subscriptions are tried again. */
  heartbeatMs?: number;
}>;

/** How long a user waits for a subscription: without it, frames are found by their positions. */
const patienceMs = 250;

/**
 * Subscriptions outlive their users for one to two of these periods: a client that was cut off
 * comes back at once, and those of others end together. Until then a publisher counts them.
 */
const lingerMs = 500;

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
  const open = opener({ subscriptions, interruptions, connections, listener, lengthMax });
  const stopChecking = every(heartbeatMs, () => {
    endWhere(subscriptions, ({ on, key }) => on !== connections.of(key));
    void open(all());
    connections.check(new Set(all().map(({ key }) => connections.of(key))));
  });
  const departures = lingering((keys) => forget(subscriptions, keys, lengthMax));
  const together = inOneTurn(open);
  return {
    subscribe: (user) => {
      const key = inboxKey(user);
      departures.cancel(key);
      const known = subscriptions.get(key);
      if (known !== undefined) return known.waited;
      const subscription = newSubscription(user, key);
      subscriptions.set(key, subscription);
      together(subscription);
      return subscription.waited;
    },
    unsubscribe: (user) => departures.begin(inboxKey(user)),
    isSubscribed: (user) => subscriptions.get(inboxKey(user))?.on !== undefined,
    close: () => {
      stopChecking();
      departures.stop();
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
  /** Settles when it was first subscribed, or when its users no longer wait for that. */
  readonly waited: Promise<void>;
  /** Ends the wait; undefined once it is over. */
  endWait: (() => void) | undefined;
};

const newSubscription = (user: InboxUser, key: string): Subscription => {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const endWait = () => {
    clearTimeout(timer);
    subscription.endWait = undefined;
    resolve(undefined);
  };
  const timer = setTimeout(endWait, patienceMs);
  const subscription: Subscription = { user, key, on: undefined, waited: promise, endWait };
  return subscription;
};

type Subscriptions = Map<string, Subscription>;

/**
 * The last interruption of each connection. Looked at instead of listened to: any number of calls
 * may be under way on one connection.
 */
type Interruptions = WeakMap<Redis, object>;

const forget = (
  subscriptions: Subscriptions,
  keys: ReadonlySet<string>,
  lengthMax: number,
): void => {
  const gone = [...keys].flatMap((key) => subscriptions.get(key) ?? []);
  for (const { key } of gone) subscriptions.delete(key);
  for (const [connection, own] of Map.groupBy(gone, ({ on }) => on))
    if (connection !== undefined) end(connection, own, lengthMax);
};

const endWhere = (subscriptions: Subscriptions, isEnded: (each: Subscription) => boolean): void => {
  for (const each of subscriptions.values()) if (isEnded(each)) each.on = undefined;
};

type Opening = Readonly<{
  subscriptions: Subscriptions;
  interruptions: Interruptions;
  connections: ShardConnections;
  listener: InboxListener;
  lengthMax: number;
}>;

/** Subscribes on the connections, as far as that is still wanted and missing once it is done. */
const opener = ({ subscriptions, interruptions, connections, listener, lengthMax }: Opening) => {
  const openOn = async (connection: Redis, wanted: readonly Subscription[]): Promise<void> => {
    const interruption = interruptions.get(connection);
    const done = await subscribed(connection, slices(wanted, lengthMax));
    if (interruptions.get(connection) !== interruption) return;
    const unwanted = done.filter(({ key }) => !subscriptions.has(key));
    end(connection, unwanted, lengthMax);
    const opened = done.filter((each) => subscriptions.get(each.key) === each && !each.on);
    const late = opened.filter(({ endWait }) => endWait === undefined);
    for (const each of opened) {
      each.on = connection;
      each.endWait?.();
    }
    if (late.length > 0) listener.subscribed(late.map(({ user }) => user));
  };
  return async (wanted: readonly Subscription[]): Promise<void> => {
    await connections.slotsKnown();
    const closed = wanted.filter((each) => subscriptions.get(each.key) === each && !each.on);
    for (const [connection, own] of Map.groupBy(closed, ({ key }) => connections.of(key)))
      if (connection !== undefined) void openOn(connection, own);
  };
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

/** Those of a connection that breaks have ended with it. */
const end = (connection: Redis, own: readonly Subscription[], lengthMax: number): void => {
  for (const each of slices(own, lengthMax))
    connection.sunsubscribe(...each.map(({ key }) => key)).catch(() => undefined);
};

/** Keys whose users left, and what to do with those of them who did not come back. */
const lingering = (work: (keys: ReadonlySet<string>) => void) => {
  let [leaving, left] = [new Set<string>(), new Set<string>()];
  const stop = every(lingerMs, () => {
    work(left);
    [leaving, left] = [new Set(), leaving];
  });
  return {
    begin: (key: string) => void leaving.add(key),
    cancel: (key: string): void => {
      leaving.delete(key);
      left.delete(key);
    },
    stop,
  };
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
