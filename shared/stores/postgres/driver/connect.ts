import type { Socket } from 'node:net';
import { setImmediate as nextImmediate } from 'node:timers/promises';
import postgres, { type Fragment } from 'postgres';
import { Unavailable } from '#shared/domain/errors.ts';
import { liveSockets } from './live-socket.ts';

/**
 * A pool of connections: a column such as `tenant_id` arrives as `tenantId`, a bigint as a number.
 */
export type Sql = postgres.Sql<{ bigint: number }>;

/** The same within a transaction. */
export type Transaction = postgres.TransactionSql<{ bigint: number }>;

export type ConnectOptions = Readonly<{
  url: string;
  max: number;
  /**
   * How long a request may take that this pool serves, in milliseconds. Postgres cancels a
   * statement, and ends a transaction that waits for us, after that time; a connection is destroyed
   * when nothing was received on it for a third of it, so that a request that meets a silent
   * network can still be answered; and nothing waits longer than a third of it for a connection.
   * Without it there is no limit, as scripts want it.
   */
  requestMs?: number;
  /**
   * Plans each statement once per connection, whatever its parameters. Otherwise Postgres plans
   * some for each execution, which takes longer than executing them: with one row in its arrays a
   * plan looks cheaper than the general one, which assumes ten. For functions whose statements look
   * rows up by their keys, however many.
   */
  plansOnce?: boolean;
}>;

/**
 * Opens a pool; it connects on first use. Points and minor units are far below 2^53 (the largest
 * order is 10¹² minor units), so bigint columns are read as numbers; an inexact one is a bug and
 * throws.
 */
export const connectPostgres = ({
  url,
  max,
  requestMs,
  plansOnce = false,
}: ConnectOptions): Sql => {
  const sql = postgres(url, {
    max,
    connect_timeout: 5,
    idle_timeout: 60,
    keep_alive: 10,
    // By default up to 20 s, for which a pool would stay idle after the network is back.
    backoff: (attempt) => Math.min(3 ** attempt / 100, 1) * (0.5 + Math.random() / 2),
    connection: {
      ...(plansOnce && { plan_cache_mode: 'force_generic_plan' }),
      ...(requestMs !== undefined && limitsOf(requestMs)),
    },
    ...(requestMs !== undefined && { socket: sockets(requestMs / 3) }),
    // Notices are meant for interactive sessions.
    onnotice: () => undefined,
    // Names of columns only: the keys of JSON are the data of others.
    transform: { column: { from: postgres.toCamel } },
    types: { bigint: { to: 20, from: [20], serialize: String, parse: toExactNumber } },
  });
  if (requestMs === undefined) return sql;
  // Twice as many as there are connections, so that the driver has the next statement at hand when
  // one is free.
  return inTurns(sql, { turnsMax: 2 * max, waitMsMax: requestMs / 3, turnMsMax: 2 * requestMs });
};

/**
 * The driver leaves Nagle's algorithm on and writes each statement over 1 kB by itself, so
 * statements sent together would go out one round trip after the other. Here they leave at once and
 * in one segment; below TLS, which writes its own records, only at once.
 */
const sockets = (silenceMsMax: number): ReturnType<typeof liveSockets> => {
  const open = liveSockets(silenceMsMax);
  return async (server) => writeTogether((await open(server)).setNoDelay(true));
};

/** What is written before the promises of this turn of the event loop settle leaves together. */
export const writeTogether = (socket: Socket): Socket => {
  const write = socket.write.bind(socket) as (...parts: unknown[]) => boolean;
  socket.write = (...parts: unknown[]): boolean => {
    if (socket.writableCorked === 0) {
      socket.cork();
      process.nextTick(() => socket.uncork());
    }
    return write(...parts);
  };
  return socket;
};

/**
 * Startup parameters are milliseconds; if a client is permanently gone, a statement is cancelled
 * before its own limit.
 */
const limitsOf = (requestMs: number) => ({
  statement_timeout: requestMs,
  idle_in_transaction_session_timeout: requestMs,
  client_connection_check_interval: Math.ceil(requestMs / 3),
});

const toExactNumber = (text: string): number => {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError(`Not exact as a number: ${text}`);
};

/** As much of the driver's query (3.4.9) as is needed to hold one back until it is its turn. */
type DriverQuery = Promise<unknown> & {
  handler: (query: DriverQuery) => void;
  reject: (error: unknown) => void;
  /** Set for cursors, whose promise never settles. */
  cursorFn?: unknown;
};

/**
 * Lets statements and transactions of a pool wait for their turn here, where one that waits for too
 * long is rejected with Unavailable and never sent. The driver has its own queue, from which
 * nothing can be removed: while the network is silent it would grow with every request, each
 * waiting for all those before it to fail.
 */
const inTurns = (sql: Sql, options: TurnOptions): Sql => {
  const turns = createTurns(options);
  const hold = (query: DriverQuery): DriverQuery => {
    const send = query.handler;
    const settled = (): Promise<unknown> => {
      send(query);
      return query.cursorFn === undefined ? query : Promise.resolve();
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

/**
 * `turnMsMax`: longer than anything may take that the driver still knows; what it has forgotten is
 * rejected then.
 */
type TurnOptions = Readonly<{ turnsMax: number; waitMsMax: number; turnMsMax: number }>;

/**
 * At most this many at once; the others wait in the order of their arrival. After one failed, which
 * may have been its connection, none begins until that is closed.
 */
const createTurns = ({ turnsMax, waitMsMax, turnMsMax }: TurnOptions) => {
  const waiting = new Set<() => void>();
  let taken = 0;
  let closing: Promise<void> | undefined;
  const tooLong = () => new Unavailable('postgres', `No connection was free in ${waitMsMax} ms`);
  const forgotten = () => new Unavailable('postgres', `Nothing came back in ${turnMsMax} ms`);

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

  const inTime = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    const { promise, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(() => reject(forgotten()), turnMsMax);
    try {
      return await Promise.race([work(), promise]);
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    run: async <Result>(work: () => Promise<Result>): Promise<Result> => {
      // A turn that ends is handed to the next in the queue, so that no newer call overtakes it.
      if (taken < turnsMax) taken += 1;
      else await wait();
      try {
        while (closing !== undefined) await closing;
        return await inTime(work);
      } catch (error) {
        const closed = connectionClosed();
        closing = closed;
        await closed;
        if (closing === closed) closing = undefined;
        throw error;
      } finally {
        const [next] = waiting;
        if (next === undefined) taken -= 1;
        else next();
      }
    },
  };
};

/**
 * A socket that fails closes in the same turn of the event loop, after its immediates; what the
 * driver (3.4.9) is handed between the two, it writes to that socket and forgets.
 */
const connectionClosed = async (): Promise<void> => {
  await nextImmediate();
  await nextImmediate();
};

/**
 * Objects as a table for `from` or `join`: `{ wanted: keys }` are the rows of `wanted`, which has a
 * column for each of these fields in this order. `tenantId: 'text'` is the column `tenant_id` of
 * that type; undefined is null. Postgres gets each column as one array, so that a statement stays
 * the same however many rows it takes.
 */
export const rowsOf = <Row extends object>(
  sql: Sql | Transaction,
  table: Readonly<Record<string, readonly Row[]>>,
  types: Readonly<Partial<Record<keyof Row, ColumnType>>>,
): Fragment => {
  const [[name, rows] = ['', []]] = Object.entries(table);
  const fields = Object.keys(types) as (keyof Row & string)[];
  const columns = fields.map((field) => [field, types[field] ?? 'text'] as const);
  const arrays = fields.map((field) => arrayText(rows, field));
  return sql(tableText(name, columns), ...arrays);
};

type Column = readonly [field: string, type: ColumnType];

/** By table and columns: the driver takes as long for a nested fragment as for a statement. */
const tableTexts = new Map<string, TemplateStringsArray>();

/** The text around the arrays of a table, as a tagged template has it. */
const tableText = (name: string, columns: readonly Column[]): TemplateStringsArray => {
  const key = `${name} ${columns.join(' ')}`;
  const known = tableTexts.get(key);
  if (known !== undefined) return known;
  const names = columns.map(([field]) => postgres.fromCamel(field)).join(', ');
  const between = columns.map(([, type], index) =>
    index < columns.length - 1 ? `::${castOf(type)}, ` : `::${castOf(type)}) as ${name} (${names})`,
  );
  const parts = ['unnest(', ...between];
  const text = Object.assign(parts, { raw: parts });
  tableTexts.set(key, text);
  return text;
};

type ColumnType =
  | ('text' | 'uuid' | 'integer' | 'bigint' | 'float8')
  | ('boolean' | 'date' | 'timestamptz' | 'json' | 'jsonb');

/** As text, all other values pass the driver unchanged, including `-infinity`. */
const castOf = (type: ColumnType): string =>
  ['text', 'uuid', 'integer', 'bigint', 'float8'].includes(type)
    ? `${type}[]`
    : `text[]::${type}[]`;

/** A column as an array that Postgres reads. The driver would copy and search each value twice. */
const arrayText = <Row extends object>(rows: readonly Row[], field: keyof Row): string => {
  let text = '';
  for (const row of rows) text += `${text === '' ? '{' : ','}${elementOf(row[field])}`;
  return text === '' ? '{}' : `${text}}`;
};

const elementOf = (value: unknown): string => {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'number') return String(value);
  const text = textOf(value);
  return text.includes('"') || text.includes('\\')
    ? `"${text.replace(special, '\\$&')}"`
    : `"${text}"`;
};

const special = /["\\]/g;

const textOf = (value: unknown): string => {
  if (typeof value === 'string') return value;
  return value instanceof Date ? value.toISOString() : JSON.stringify(value);
};
