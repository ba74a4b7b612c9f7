import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** The server behind the proxy, and what to change in its bytes on their way to the client. */
type Upstream = Readonly<{
  host?: string;
  port: number;
  /** Makes one rewriter per connection; for protocols in which a server names its own address. */
  rewriteResponses?: (proxyPort: number) => (chunk: Buffer) => Buffer;
}>;

/** A loopback proxy that simulates a bad network; fine until changed. */
export type TcpProxy = Readonly<{
  port: number;
  /** Delays each chunk in both directions. */
  delay(latencyMs: number): void;
  /** Limits each direction of each connection to so many bytes a second, in small pieces. */
  drip(bytesPerSecond: number): void;
  /**
   * Sends RST both ways on every open connection, which loses what is in flight; returns how many
   * connections there were.
   */
  reset(): number;
  /**
   * Swallows every byte. Connections that are open, or opened meanwhile, stay silent forever, even
   * after `restore`, like those that a firewall has forgotten. The server learns that a client
   * closed its end only after `restore`.
   */
  blackHole(): void;
  /**
   * Passes the next request that matches on to the server, then swallows its response and resets
   * that connection: the server has done its work and the client cannot know.
   */
  loseResponse(matches?: (request: Buffer) => boolean): void;
  /** Ends delay, drip and black hole; new connections work. */
  restore(): void;
  /** Resets every connection and stops listening. */
  close(): Promise<void>;
}>;

type Link = {
  client: Socket;
  server: Socket | undefined;
  isSilent: boolean;
  losesResponse: boolean;
};

const PIECES_PER_SECOND = 20;

/** Starts a proxy on a free loopback port. */
export const tcpProxy = async (upstream: Upstream): Promise<TcpProxy> => {
  const { host = '127.0.0.1', port: upstreamPort, rewriteResponses } = upstream;
  const links = new Set<Link>();
  let latencyMs = 0;
  let bytesPerSecond = Number.POSITIVE_INFINITY;
  let restored: PromiseWithResolvers<void> | undefined;
  let isLost: ((request: Buffer) => boolean) | undefined;

  const resetLink = (link: Link): void => {
    links.delete(link);
    link.client.resetAndDestroy();
    link.server?.resetAndDestroy();
  };

  const write = (to: Socket, piece: Buffer): Promise<void> =>
    new Promise((resolve, reject) => {
      to.write(piece, (error) => (error ? reject(error) : resolve()));
    });

  /** Passes bytes on at the current speed, which may change between two pieces. */
  const pass = async (link: Link, to: Socket, chunk: Buffer): Promise<void> => {
    if (latencyMs > 0) await sleep(latencyMs);
    let rest = chunk;
    while (rest.length > 0 && !link.isSilent) {
      const bytesMax = Math.max(1, Math.floor(bytesPerSecond / PIECES_PER_SECOND));
      if (bytesMax < rest.length) await sleep(1_000 / PIECES_PER_SECOND);
      await write(to, rest.subarray(0, bytesMax));
      rest = rest.subarray(bytesMax);
    }
  };

  const passRequests = async (link: Link, server: Socket): Promise<void> => {
    for await (const chunk of chunksOf(link.client)) {
      if (isLost?.(chunk)) [link.losesResponse, isLost] = [true, undefined];
      if (!link.isSilent) await pass(link, server, chunk);
    }
    await restored?.promise;
    server.end();
  };

  const passResponses = async (link: Link, server: Socket): Promise<void> => {
    const rewrite = rewriteResponses?.(port);
    for await (const chunk of chunksOf(server)) {
      if (link.losesResponse) resetLink(link);
      else if (!link.isSilent) await pass(link, link.client, rewrite?.(chunk) ?? chunk);
    }
    if (!link.isSilent) link.client.end();
  };

  const open = async (link: Link): Promise<void> => {
    const server = connect({ port: upstreamPort, host, allowHalfOpen: true });
    link.server = server.on('error', ignoreError);
    try {
      await Promise.all([passRequests(link, server), passResponses(link, server)]);
      link.client.destroySoon();
    } catch {
      // One end broke the connection: the other breaks, too, as soon as the network works.
      await restored?.promise;
      resetLink(link);
    }
    links.delete(link);
  };

  const listener = createServer({ allowHalfOpen: true }, (client) => {
    const isSilent = restored !== undefined;
    const link: Link = { client, server: undefined, isSilent, losesResponse: false };
    links.add(link);
    client.on('error', ignoreError);
    if (isSilent) client.on('close', () => links.delete(link)).resume();
    else void open(link);
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;

  const restore = (): void => {
    [latencyMs, bytesPerSecond] = [0, Number.POSITIVE_INFINITY];
    restored?.resolve();
    restored = undefined;
  };
  const reset = (): number => {
    const open = [...links];
    open.forEach(resetLink);
    return open.length;
  };

  return {
    port,
    delay: (ms) => void (latencyMs = ms),
    drip: (rate) => void (bytesPerSecond = rate),
    reset,
    blackHole: () => {
      restored ??= Promise.withResolvers();
      for (const link of links) link.isSilent = true;
    },
    loseResponse: (matches = () => true) => void (isLost = matches),
    restore,
    close: async () => {
      restore();
      listener.close();
      reset();
      await once(listener, 'close');
    },
  };
};

/** Reading and writing fail with it, too; this listens while neither is in progress. */
const ignoreError = (): void => undefined;

/** The bytes of one direction; reading them to their end leaves the other direction open. */
const chunksOf = (socket: Socket): AsyncIterable<Buffer> =>
  socket.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
