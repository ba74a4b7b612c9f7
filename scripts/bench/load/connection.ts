import { connect } from 'node:net';
import { createResponseReader } from './response-reader.ts';

/** A keep-alive connection with at most one request under way. */
export type Connection = Readonly<{
  port: number;
  /** Whether it takes no more requests: either side has said that it closes. */
  isClosing: () => boolean;
  send: (request: Buffer, dueAt: number) => void;
  end: () => void;
}>;

type Listeners = Readonly<{
  answered: (connection: Connection, status: string, dueAt: number) => void;
  closed: (connection: Connection, wasBusy: boolean) => void;
}>;

/** Opens a connection on loopback; after `closed` it is never heard of again. */
export const openConnection = (port: number, { answered, closed }: Listeners) =>
  new Promise<Connection>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1').setNoDelay(true);
    let closing = false;
    /** When the request under way was due; undefined while there is none. */
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
      // Nobody asked: the server says goodbye (408) to a connection that has long been idle.
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
