import { type Connection, openConnection } from './connection.ts';

/** A request that is due, and when it became due. */
type DueRequest = Readonly<{ bytes: Buffer; dueAt: number }>;

type Options = Readonly<{
  port: number;
  count: number;
  /** The next request, if one is due. */
  take: () => DueRequest | undefined;
  answered: (status: string, dueAt: number) => void;
  /** Called when a due request found no connection, or was in flight when its connection broke. */
  broke: () => void;
}>;

/** Connections that are opened again when they are lost. */
export const createConnections = ({ count, take, answered, broke, ...options }: Options) => {
  const idle: Connection[] = [];
  let port = options.port;

  /** Gives a connection the next request if one is due, else lets it wait for one. */
  const serve = (connection: Connection): void => {
    if (connection.port !== port) connection.end();
    if (connection.isClosing()) return;
    const request = take();
    if (request === undefined) idle.push(connection);
    else connection.send(request.bytes, request.dueAt);
  };

  const open = (): Promise<Connection> =>
    openConnection(port, {
      answered: (connection, status, dueAt) => {
        answered(status, dueAt);
        serve(connection);
      },
      closed: (connection, wasBusy) => {
        const position = idle.indexOf(connection);
        if (position >= 0) idle.splice(position, 1);
        if (wasBusy) broke();
        void reopen();
      },
    });

  const reopen = async (): Promise<void> => {
    try {
      serve(await open());
    } catch {
      // A request that is due now finds no server: it has failed, as it would at a router.
      if (take() !== undefined) broke();
      setTimeout(() => void reopen(), 10);
    }
  };

  return {
    open: async (): Promise<void> => {
      idle.push(...(await Promise.all(Array.from({ length: count }, open))));
    },
    /** Sends what is due over connections that wait. */
    serveIdle: (): void => {
      while (idle.length > 0) {
        const connection = idle.pop() as Connection;
        const waiting = idle.length;
        serve(connection);
        // It waits again, so nothing is due.
        if (idle.length > waiting) return;
      }
    },
    redirect: (target: number): void => {
      port = target;
      for (const connection of idle.splice(0)) serve(connection);
    },
  };
};
