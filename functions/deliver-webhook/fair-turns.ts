/** An endpoint that may have something to send. */
export type Waiting = Readonly<{ webhookId: string; tenantId: string }>;

type Options = Readonly<{
  /** Endpoints that take a turn at once. */
  turnsMax: number;
  /** How many of them one tenant may have. */
  tenantTurnsMax: number;
  /**
   * Sends some due deliveries and returns in how many milliseconds more are due; undefined: when
   * woken.
   */
  turn: (webhookId: string) => Promise<number | undefined>;
  /** Longer waits, in milliseconds, are left to the regular tick. */
  waitMsMax: number;
}>;

export type FairTurns = Readonly<{
  /** Gives each endpoint one turn soon; an endpoint that already waits keeps its place. */
  wake: (endpoints: Iterable<Waiting>) => void;
  /** Starts no more turns, and resolves once running ones have ended. */
  close: () => Promise<void>;
}>;

/**
 * Lets endpoints send in turns, each a little at a time and behind those that waited longer. An
 * endpoint takes one turn at a time and a tenant a few, so a slow endpoint occupies only its own
 * turns.
 */
export const fairTurns = ({ turnsMax, tenantTurnsMax, turn, waitMsMax }: Options): FairTurns => {
  const waiting = new Map<string, Waiting>();
  const timers = new Map<string, NodeJS.Timeout>();
  const taking = new Map<string, Promise<void>>();
  const tenants = createTally();
  let isClosed = false;

  const add = (endpoint: Waiting): void => {
    clearTimeout(timers.get(endpoint.webhookId));
    timers.delete(endpoint.webhookId);
    if (!waiting.has(endpoint.webhookId)) waiting.set(endpoint.webhookId, endpoint);
  };

  const isFree = ({ webhookId, tenantId }: Waiting): boolean =>
    !taking.has(webhookId) && tenants.of(tenantId) < tenantTurnsMax;

  const startWhatMay = (): void => {
    for (const endpoint of waiting.values()) {
      if (isClosed || taking.size >= turnsMax) return;
      if (isFree(endpoint)) start(endpoint);
    }
  };

  const start = (endpoint: Waiting): void => {
    const { webhookId, tenantId } = endpoint;
    waiting.delete(webhookId);
    tenants.add(tenantId, 1);
    const ended = turn(webhookId).then((inMs) => {
      taking.delete(webhookId);
      tenants.add(tenantId, -1);
      if (inMs !== undefined && !isClosed) addLater(endpoint, inMs);
      startWhatMay();
    });
    taking.set(webhookId, ended);
  };

  const wake = (endpoints: Iterable<Waiting>): void => {
    for (const endpoint of endpoints) add(endpoint);
    startWhatMay();
  };

  const addLater = (endpoint: Waiting, inMs: number): void => {
    const { webhookId } = endpoint;
    if (inMs <= 0) add(endpoint);
    else if (inMs <= waitMsMax && !waiting.has(webhookId))
      timers.set(webhookId, setTimeout(() => wake([endpoint]), inMs).unref());
  };

  return {
    wake,
    close: async () => {
      isClosed = true;
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.all(taking.values());
    },
  };
};

/** Counts by name; a name with a count of zero takes no memory. */
const createTally = () => {
  const counts = new Map<string, number>();
  const of = (name: string): number => counts.get(name) ?? 0;
  return {
    of,
    add: (name: string, by: 1 | -1): void => {
      const count = of(name) + by;
      if (count === 0) counts.delete(name);
      else counts.set(name, count);
    },
  };
};
