import type postgres from 'postgres';
import { Unavailable } from '#shared/domain/errors.ts';

type Sql = postgres.Sql<{ bigint: number }>;

type Options = Readonly<{ turnsMax: number; waitMsMax: number }>;

/** As much of the driver's query (3.4.9) as is needed to hold one back until it is its turn. */
type DriverQuery = Promise<unknown> & {
  handler: (query: DriverQuery) => void;
  reject: (error: unknown) => void;
  /** Set for cursors, whose promise never settles. */
  cursorFn?: unknown;
};

/**
 * Lets statements and transactions of a pool wait for their turn here, where one that waits for too
 * long is rejected with Unavailable and never sent. The driver has a queue of its own, from which
 * nothing can be taken back: while the network is silent it would grow with every request, each
 * waiting for all those before it to fail.
 */
export const inTurns = (sql: Sql, options: Options): Sql => {
  const turns = createTurns(options);
  const hold = (query: DriverQuery): DriverQuery => {
    const send = query.handler;
    const settled = (): Promise<unknown> => {
      send(query);
      return query.cursorFn === undefined ? query.catch(() => undefined) : Promise.resolve();
    };
    query.handler = () => void turns.run(settled).catch(query.reject);
    return query;
  };
  const begin = (...parts: Parameters<Sql['begin']>) => turns.run(() => sql.begin(...parts));
  return new Proxy(sql, {
    apply: (_target, self, parts) => {
      const made = Reflect.apply(sql, self, parts) as unknown;
      return made instanceof Promise ? hold(made as DriverQuery) : made;
    },
    get: (target, name) => (name === 'begin' ? begin : (Reflect.get(target, name) as unknown)),
  });
};

/** At most so many at once; the others in the order in which they came. */
const createTurns = ({ turnsMax, waitMsMax }: Options) => {
  const waiting = new Set<() => void>();
  let taken = 0;
  const tooLong = () => new Unavailable('postgres', `No connection was free in ${waitMsMax} ms`);

  const wait = (): Promise<undefined> => {
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => {
      waiting.delete(start);
      reject(tooLong());
    }, waitMsMax);
    const start = () => {
      clearTimeout(timer);
      waiting.delete(start);
      resolve(undefined);
    };
    waiting.add(start);
    return promise;
  };

  return {
    run: async <Result>(work: () => Promise<Result>): Promise<Result> => {
      // A turn that ends is handed on, so that nobody who comes meanwhile gets in first.
      if (taken < turnsMax) taken += 1;
      else await wait();
      try {
        return await work();
      } finally {
        const [next] = waiting;
        if (next === undefined) taken -= 1;
        else next();
      }
    },
  };
};
