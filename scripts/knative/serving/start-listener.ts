import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dispatcher } from 'undici';

/** Go's limit for the headers of a request, and so queue-proxy's. */
const HEADER_BYTES_MAX = 1_048_576;

const hopByHop = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const endToEnd = (rawHeaders: readonly string[]): string[] => {
  const headers: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (!hopByHop.has(name.toLowerCase())) headers.push(name, rawHeaders[index + 1] ?? '');
  }
  return headers;
};

const hasBody = ({ headers }: IncomingMessage): boolean =>
  headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';

const asRequest = (request: IncomingMessage): Dispatcher.DispatchOptions => ({
  path: request.url ?? '/',
  method: request.method as Dispatcher.HttpMethod,
  headers: endToEnd(request.rawHeaders),
  body: hasBody(request) ? request : null,
});

/** Streams the response to the client, no faster than the client reads it. */
const answerTo = (response: ServerResponse): Dispatcher.DispatchHandler => ({
  onResponseStart: (_controller, status, headers) => {
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined && !hopByHop.has(name)) response.setHeader(name, value);
    }
    response.writeHead(status);
  },
  onResponseData: (controller, chunk) => {
    if (response.write(chunk)) return;
    controller.pause();
    response.once('drain', () => controller.resume());
  },
  onResponseEnd: () => response.end(),
  onResponseError: () => response.destroy(),
});

/** Handles the requests of a Service. */
type Handlers = Readonly<{
  /** Returns how to cancel the request. */
  dispatch: (
    request: Dispatcher.DispatchOptions,
    handler: Dispatcher.DispatchHandler,
  ) => () => void;
  upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
}>;

/** A Service that listens. */
type Listener = Readonly<{
  /** Accepts no more connections, and closes the upgraded ones. */
  close: () => void;
  /** Closes the remaining connections. */
  stop: () => Promise<void>;
}>;

/**
 * Listens at the address of a Service: HTTP/1.1 with up to 1 MiB of headers, and connections to
 * upgrade.
 */
export const startListener = async (
  port: number,
  { dispatch, upgrade }: Handlers,
): Promise<Listener> => {
  const upgraded = new Set<Duplex>();
  const server = createServer({
    maxHeaderSize: HEADER_BYTES_MAX,
    keepAliveTimeout: 600_000,
    requestTimeout: 0,
  });
  server.on('request', (request, response) => {
    response.sendDate = false;
    const cancel = dispatch(asRequest(request), answerTo(response));
    response.once('close', cancel);
  });
  server.on('upgrade', (request, socket, head) => {
    if (!server.listening) {
      socket.destroy();
      return;
    }
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    upgrade(request, socket, head);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const closed = once(server, 'close');
  return {
    close: () => {
      for (const socket of upgraded) socket.destroy();
      server.close();
    },
    stop: async () => {
      server.closeAllConnections();
      await closed;
    },
  };
};
