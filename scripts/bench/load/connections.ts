import { connect, type Socket } from 'node:net';
import { createResponseReader } from './response-reader.ts';

/** A request that is due, and since when. */
type DueRequest = Readonly<{ bytes: Buffer; dueAt: number }>;

type Options = Readonly<{
  port: number;
  count: number;
  /** The next request, if one is due. */
  take: () => DueRequest | undefined;
  answered: (status: string, dueAt: number) => void;
  /** A request that was due met a closed door, or was under way when its connection broke. */
  broke: () => void;
}>;

type Connection = {
  readonly socket: Socket;
  readonly port: number;
  /** When the request under way was due; undefined while there is none. */
  dueAt: number | undefined;
  /** The server has said that it closes after this answer. */
  leaving: boolean;
};

/** Keep-alive connections with one request under way each, which come back when they are lost. */
export const createConnections = ({ count, take, answered, broke, ...options }: Options) => {
  const idle: Connection[] = [];
  let port = options.port;

  /** Gives a connection the next request if one is due, else lets it wait for one. */
  const serve = (connection: Connection): void => {
    if (connection.leaving) return;
    if (connection.port !== port) {
      connection.socket.end();
      return;
    }
    const request = take();
    if (request === undefined) {
      idle.push(connection);
      return;
    }
    connection.dueAt = request.dueAt;
    connection.socket.write(request.bytes);
  };

  const openOne = (): Promise<Connection> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1').setNoDelay(true);
      const connection: Connection = { socket, port, dueAt: undefined, leaving: false };
      const read = createResponseReader(({ status, closes }) => {
        const { dueAt = Number.NaN } = connection;
        connection.dueAt = undefined;
        connection.leaving = closes;
        answered(status, dueAt);
        serve(connection);
      });
      socket.once('error', reject).once('connect', () => {
        socket.off('error', reject).on('error', () => undefined);
        socket.on('close', () => replace(connection));
        resolve(connection);
      });
      socket.on('data', read);
    });

  const replace = (connection: Connection): void => {
    const position = idle.indexOf(connection);
    if (position >= 0) idle.splice(position, 1);
    if (connection.dueAt !== undefined) broke();
    void reopen();
  };

  const reopen = async (): Promise<void> => {
    try {
      serve(await openOne());
    } catch {
      // A request that is due now finds nobody: it has failed, as it would have at a router.
      if (take() !== undefined) broke();
      setTimeout(() => void reopen(), 10);
    }
  };

  return {
    open: async (): Promise<void> => {
      idle.push(...(await Promise.all(Array.from({ length: count }, openOne))));
    },
    /** Sends what is due over connections that wait. */
    serveIdle: (): void => {
      while (idle.length > 0) {
        const connection = idle.pop() as Connection;
        const waiting = idle.length;
        serve(connection);
        // It went back to wait, so nothing is due.
        if (idle.length > waiting) return;
      }
    },
    redirect: (target: number): void => {
      port = target;
      for (const connection of idle.splice(0)) serve(connection);
    },
  };
};
