import { connect, type Socket } from 'node:net';

/**
 * What the driver knows about the server when it requests a socket; several hosts are tried in
 * turn.
 */
type Server = Readonly<{ host: readonly string[]; port: readonly number[]; path?: unknown }>;

/** How the driver's TLS upgrade gets the name to verify. */
type NamedSocket = Socket & { host?: string | undefined };

/** How often per limit a socket is looked at: it is cut at most a quarter of the limit late. */
const looksPerLimit = 4;

/**
 * Opens sockets that are destroyed once nothing was received on them for `silenceMsMax`. A network
 * that drops packets silently closes nothing, and the driver (3.4.9) has no timeout for a
 * statement, nor can it cancel one without the network: destroying the socket rejects what waits on
 * it and frees its place in the pool.
 *
 * Bytes are counted below TLS. An idle connection is cut as well, which costs the next statement a
 * connect.
 */
export const liveSockets = (silenceMsMax: number): ((server: Server) => Promise<Socket>) => {
  let attempts = 0;
  return ({ host, port, path }) => {
    const index = attempts++ % host.length;
    const socket: NamedSocket =
      typeof path === 'string'
        ? connect({ path })
        : connect({ host: host[index] ?? 'localhost', port: port[index] ?? 5432 });
    socket.host = host[index];
    cutWhenSilent(socket, silenceMsMax);
    return Promise.resolve(socket);
  };
};

const cutWhenSilent = (socket: Socket, silenceMsMax: number): void => {
  let looks = 0;
  let received = 0;
  const look = (): void => {
    const isHeard = socket.bytesRead > received;
    received = socket.bytesRead;
    looks = isHeard ? 0 : looks + 1;
    // The driver takes every listener off a socket that it upgrades to TLS, also those for an error
    // and the end.
    if (looks > looksPerLimit) socket.on('error', () => undefined).destroy(silent(silenceMsMax));
    if (socket.destroyed) clearInterval(timer);
  };
  const timer = setInterval(look, silenceMsMax / looksPerLimit).unref();
};

const silent = (silenceMsMax: number): Error =>
  Object.assign(new Error(`Postgres was silent for ${silenceMsMax} ms`), { code: 'ETIMEDOUT' });
