import { type IncomingMessage, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type RawData, type WebSocket, WebSocketServer } from 'ws';
import { closing, subProtocol } from '#shared/clients/connect-client.ts';
import type { HandleUpgrade } from '#shared/runtime/host.ts';
import type { Authenticate } from '#shared/runtime/http/access/auth.ts';
import { HttpProblem, logProblem, toProblem } from '#shared/runtime/http/problem.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { authenticateUser } from './authenticate-user.ts';
import { lastId, parseClientFrame } from './client-frame.ts';
import type { Limits } from './config.ts';
import type { Door, Place } from './door.ts';
import type { Admitted, Gateway } from './gateway.ts';
import { connectionsRefusedTotal } from './metrics.ts';
import { socketTransport } from './socket-transport.ts';
import type { Closing, Transport } from './transport.ts';

type Options = Readonly<{
  gateway: Pick<Gateway, 'admit'>;
  door: Door;
  authenticate: Authenticate;
  limits: Pick<Limits, 'HELLO_SECONDS'>;
  log: Logger;
}>;

/** The largest frame of a client; a RESUME with a token fits. */
const frameBytesMax = 4_096;

/** How long a client may take to answer the end of its connection. */
const closeMs = 5_000;

/**
 * Accepts WebSockets at /ws. The token comes as sub-protocol `bearer.<token>` after `guerdon.v1`,
 * or in the first frame; an invalid one closes the connection with a code, since a browser does not
 * show the status of a handshake.
 */
export const acceptWebSockets = (options: Options): HandleUpgrade => {
  const settings = {
    noServer: true,
    clientTracking: false,
    maxPayload: frameBytesMax,
    // Small frames gain nothing from it, and each connection would keep a window.
    perMessageDeflate: false,
    handleProtocols: () => subProtocol,
    // Not in the types of ws 8.18: a variable may have more properties than they name.
    closeTimeout: closeMs,
  };
  const server = new WebSocketServer(settings);
  return (request, socket, head) => {
    try {
      requirePath(request);
      const offered = subProtocolsOf(request);
      const place = options.door.enter(request, 'websocket');
      socket.once('close', place.leave);
      void options.door.turn().then(() => {
        server.handleUpgrade(request, socket, head, (webSocket) => {
          new Connection(webSocket, place, options).open(offered);
        });
      });
    } catch (error) {
      refuse(socket, toProblem(error));
    }
  };
};

/** The sub-protocols after ours: the token, and the id to resume after. */
type Offered = Readonly<{ token: string | undefined; resume: string | undefined }>;

class Connection {
  readonly #socket: WebSocket;
  readonly #place: Place;
  readonly #options: Options;
  readonly #transport: Transport;
  readonly #helloTimer: NodeJS.Timeout;
  #admitted: Admitted | undefined;
  #isOpening = false;

  constructor(...[socket, place, options]: [WebSocket, Place, Options]) {
    this.#socket = socket;
    this.#place = place;
    this.#options = options;
    this.#transport = socketTransport(socket);
    this.#helloTimer = setTimeout(
      () => this.#refuse(closing.silent),
      options.limits.HELLO_SECONDS * 1_000,
    );
    socket
      // A wrong frame closes the connection with its code.
      .on('error', () => connectionsRefusedTotal.inc({ reason: 'protocol' }))
      .on('message', (data, isBinary) => this.#receive(data, isBinary))
      .on('close', () => {
        clearTimeout(this.#helloTimer);
        this.#admitted?.left();
      });
  }

  open({ token, resume }: Offered): void {
    if (token !== undefined) void this.#authenticate(token, resume);
    else
      this.#place.keepSilent(() => {
        this.#refuse(closing.silent);
        this.#socket.terminate();
      });
  }

  #receive(data: RawData, isBinary: boolean): void {
    // Until the client answers the end of its connection, what it sent before that still arrives.
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (isBinary) {
      this.#refuse(closing.binary);
      return;
    }
    const frame = parseClientFrame((data as Buffer).toString());
    if (frame === undefined) this.#refuse(closing.badFrame);
    else if (this.#admitted !== undefined) this.#admitted.resume(frame.lastId);
    else if (!this.#isOpening)
      void this.#authenticate(
        frame.token,
        frame.lastId === undefined ? undefined : String(frame.lastId),
      );
  }

  async #authenticate(token: string | undefined, resume: string | undefined): Promise<void> {
    this.#isOpening = true;
    const { gateway, authenticate, log } = this.#options;
    try {
      const authorization = token === undefined ? undefined : `Bearer ${token}`;
      const caller = await authenticateUser(authenticate, authorization);
      if (this.#socket.readyState !== this.#socket.OPEN) return;
      clearTimeout(this.#helloTimer);
      this.#place.confirm();
      const position = lastId.safeParse(resume);
      if (position.success)
        this.#admitted = gateway.admit({
          ...caller,
          transport: this.#transport,
          lastPosition: position.data,
        });
      else this.#refuse(closing.badFrame);
    } catch (error) {
      const problem = toProblem(error);
      logProblem(log, problem, error);
      this.#refuse(closingFor(problem));
    }
  }

  #refuse(reason: Closing): void {
    connectionsRefusedTotal.inc({ reason: String(reason.code) });
    this.#transport.close(reason);
    this.#place.keepSilent(() => this.#socket.terminate());
  }
}

const closingFor = ({ status, code }: HttpProblem): Closing => {
  if (code === 'token-expired') return closing.tokenExpired;
  if (status === 401) return closing.unauthorized;
  return status === 403 ? closing.forbidden : closing.overloaded;
};

const requirePath = ({ url = '' }: IncomingMessage): void => {
  if (url.split('?')[0] !== '/ws') throw new HttpProblem(404, 'not-found', 'WebSockets are at /ws');
};

const subProtocolsOf = ({ headers }: IncomingMessage): Offered => {
  const names = (headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  if (!names.includes(subProtocol))
    throw new HttpProblem(400, 'sub-protocol-missing', `Sub-protocol ${subProtocol} is required`);
  const after = (prefix: string) =>
    names.find((name) => name.startsWith(prefix))?.slice(prefix.length);
  return { token: after('bearer.'), resume: after('resume.') };
};

/** Refuses a handshake with its reason, and closes. */
const refuse = (socket: Duplex, { status, code, message, headers }: HttpProblem): void => {
  connectionsRefusedTotal.inc({ reason: code });
  const body = JSON.stringify({
    type: `urn:guerdon:problem:${code}`,
    status,
    code,
    detail: message,
  });
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'content-type: application/problem+json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  // A client that does not close its side would otherwise keep the socket open, and the pod alive.
  socket.once('finish', () => socket.destroy());
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
};
