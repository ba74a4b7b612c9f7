import { connect } from 'node:net';
import { createResponseReader } from './response-reader.ts';

/** A keep-alive connection with at most one request in flight. */
export type Connection = Readonly<{
  port: number;
  /** Whether it accepts no more requests, because either side has announced that it closes it. */
  isClosing: () => boolean;
  send: (request: Buffer, dueAt: number) => void;
  end: () => void;
}>;

type Listeners = Readonly<{
  answered: (connection: Connection, status: string, dueAt: number) => void;
  closed: (connection: Connection, wasBusy: boolean) => void;
}>;

/** Opens a connection on loopback; `closed` is its last call. */
export const openConnection = (port: number, { answered, closed }: Listeners) =>
  new Promise<Connection>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    let closing = false;
    /** When the request in flight was due; undefined if there is none. */
    let busySince: number | undefined;

    const connection: Connection = {
      port,
      isClosing: () => closing,
      send: (request, dueAt) => {
        busySince = dueAt;
        socket.write(request);
      },
      end: () => {
        closing = true;
        socket.end();
      },
    };
    const read = createResponseReader(({ status, closes }) => {
      closing = closes;
      // Unsolicited: the server closes a connection that was idle for too long (408).
      if (busySince === undefined) return;
      const dueAt = busySince;
      busySince = undefined;
      answered(connection, status, dueAt);
    });
    socket.on('data', read).once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject).on('error', () => undefined);
      socket.on('close', () => closed(connection, busySince !== undefined));
      resolve(connection);
    });
  });
