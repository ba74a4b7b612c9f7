import { type IncomingMessage, STATUS_CODES } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Limits, PendingRequest } from './pending-request.ts';

const headOf = ({ method = 'GET', url = '/', rawHeaders }: IncomingMessage): string => {
  const lines = [`${method} ${url} HTTP/1.1`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    lines.push(`${rawHeaders[index] ?? ''}: ${rawHeaders[index + 1] ?? ''}`);
  }
  return `${lines.join('\r\n')}\r\n\r\n`;
};

type Options = Readonly<{
  request: IncomingMessage;
  socket: Duplex;
  /** Bytes that the client sent after its headers. */
  head: Buffer;
  limits: Limits;
  withdraw: (request: PendingRequest) => void;
}>;

/**
 * A connection to upgrade, such as a WebSocket: forwards bytes in both directions until one side
 * closes. It counts as a request in flight until then, and is closed at its time limit even while
 * it is in use.
 */
export const createTunnel = ({
  request,
  socket,
  head,
  limits,
  withdraw,
}: Options): PendingRequest => {
  let upstream: Socket | undefined;
  const close = () => {
    clearTimeout(timer);
    withdraw(tunnel);
    socket.destroy();
    upstream?.destroy();
  };
  const tunnel: PendingRequest = {
    isUpgrade: true,
    send: ({ port }, done) => {
      if (socket.writableEnded) {
        done();
        return;
      }
      upstream = connect(port, '127.0.0.1');
      upstream.once('error', (error) => tunnel.reject(502, `${error.message}\n`));
      upstream.once('close', () => {
        if (!socket.destroyed) socket.end();
        done();
      });
      upstream.write(headOf(request), 'latin1');
      upstream.write(head);
      socket.pipe(upstream).pipe(socket);
    },
    reject: (status, reason) => {
      const text = `${status} ${STATUS_CODES[status] ?? ''}`;
      const size = Buffer.byteLength(reason);
      socket.end(
        `HTTP/1.1 ${text}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${size}\r\nconnection: close\r\n\r\n${reason}`,
      );
    },
  };
  const timer = setTimeout(() => {
    if (upstream === undefined) tunnel.reject(504, 'request timeout');
    else close();
  }, limits.firstByteMs);
  // The server's sockets stay half open when their clients leave; once it is sent, the pipe passes
  // that on.
  const left = () => {
    if (upstream === undefined) close();
  };
  socket.once('error', close).once('end', left).once('close', close);
  return tunnel;
};
