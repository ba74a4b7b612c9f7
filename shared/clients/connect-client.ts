/*
 * The client of connect-client, in one file to copy: for browsers and Node 22 or newer, without
 * dependencies.
 *
 *   const connection = connectClient({
 *     url: 'https://connect.example.com',
 *     token: () => myToken(),
 *     onFrame: (frame) => show(frame),
 *     onMissed: () => readTheInbox(),
 *   });
 */

/** A frame of the inbox. `id` is opaque: compare it with `===` only. */
export type Frame = Readonly<{ type: string; id: string }> & Readonly<Record<string, unknown>>;

/** How a connection ended, which determines what the client does next. */
export const closing = {
  restart: { code: 1012, reason: 'reconnect' },
  overloaded: { code: 1013, reason: 'try again later' },
  binary: { code: 1003, reason: 'frames are text' },
  badFrame: { code: 4400, reason: 'the frame is not a RESUME' },
  unauthorized: { code: 4401, reason: 'the token is missing or invalid' },
  forbidden: { code: 4403, reason: 'the token lacks the scope or names no user' },
  silent: { code: 4408, reason: 'no RESUME arrived in time' },
  tokenExpired: { code: 4409, reason: 'the token expired, reconnect with a new one' },
  slow: { code: 4413, reason: 'the client reads too slowly, reconnect to resume' },
  tooMany: { code: 4429, reason: 'too many connections or frames of this user' },
} as const;

/** The sub-protocol, in front of `bearer.<token>` and `resume.<lastId>`. */
export const subProtocol = 'guerdon.v1';

export type ConnectState = 'connecting' | 'open' | 'waiting' | 'closed';

export type ConnectOptions = Readonly<{
  /** http(s) address of connect-client, without a path. */
  url: string;
  /** Called for each attempt; a token that was refused is not sent again. */
  token: () => string | Promise<string>;
  /** Each frame once, in order. */
  onFrame: (frame: Frame) => void;
  /**
   * Frames before the next one are in the inbox only: read it over REST. Also at the first
   * connection without `lastId`.
   */
  onMissed?: () => void;
  /**
   * `closed` comes with the reason when the server refused permanently: another attempt needs
   * another token.
   */
  onState?: (state: ConnectState, reason?: string) => void;
  /** Where to continue, as `lastId()` returned it. */
  lastId?: string;
  /**
   * Longest wait before the second attempt, doubled for each further one up to `waitMsMax`; the
   * wait is random below it. After a connection that was open it is a tenth of that.
   */
  waitMs?: number;
  waitMsMax?: number;
  /** How long the server may take to answer a connection. */
  answerMs?: number;
  transports?: readonly Transport[];
}>;

type ConnectHandle = Readonly<{
  /** The id of the last frame: keep it to continue after a reload. */
  lastId: () => string | undefined;
  /**
   * Cuts the connection, which comes back by itself, or ends the wait for the next attempt: after
   * the device woke up or is online again, for instance.
   */
  reconnect: () => void;
  close: () => void;
}>;

type Attempt = Readonly<{
  url: string;
  token: string;
  lastId: string | undefined;
  onText: (text: string) => void;
  /** Called once, even if it never opened; the code is 1006 if there is none. */
  onEnd: (code: number, reason: string) => void;
}>;

/** One way to connect. Returns a function that cuts it, after which nothing is called. */
type Transport = (attempt: Attempt) => () => void;

export const overWebSocket: Transport = ({ url, token, lastId, onText, onEnd }) => {
  const resume = lastId === undefined ? [] : [`resume.${lastId}`];
  const address = `${url.replace(/^http/, 'ws')}/ws`;
  const socket = new WebSocket(address, [subProtocol, `bearer.${token}`, ...resume]);
  const listening = new AbortController();
  const { signal } = listening;
  socket.addEventListener('message', ({ data }) => onText(String(data)), { signal });
  socket.addEventListener('close', ({ code, reason }) => onEnd(code, reason), { signal });
  return () => {
    listening.abort();
    socket.close();
  };
};

/** Server-Sent Events by fetch, since an EventSource sends no Authorization header. */
export const overEventStream: Transport = ({ url, token, lastId, onText, onEnd }) => {
  const abort = new AbortController();
  const end = (code: number, reason: string) => {
    if (!abort.signal.aborted) onEnd(code, reason);
  };
  const headers = {
    authorization: `Bearer ${token}`,
    ...(lastId !== undefined && { 'last-event-id': lastId }),
  };
  const read = async (): Promise<void> => {
    const { status, body } = await fetch(`${url}/events`, { headers, signal: abort.signal });
    const take = (text: string) => {
      if (!abort.signal.aborted) onText(text);
    };
    if (status === 200 && body) await readLines(body, take);
    end(closeCodes[status] ?? 1006, `the stream ended, status ${status}`);
  };
  read().catch((error: unknown) => end(1006, String(error)));
  return () => abort.abort();
};

const readLines = async (
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  onText: Attempt['onText'],
): Promise<void> => {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    const lines = (rest + chunk.value).split('\n');
    rest = lines.pop() ?? '';
    // What is no frame is a heartbeat: a comment, an id or an empty line.
    for (const line of lines) onText(line.startsWith('data: ') ? line.slice(6) : '');
  }
};

const { badFrame, unauthorized, forbidden, overloaded, slow, tooMany } = closing;
const closeCodes: Record<number, number> = { 401: unauthorized.code, 403: forbidden.code };

/** Another attempt with the same token would end the same way. */
const refusals: readonly number[] = [badFrame.code, unauthorized.code, forbidden.code];

/** Reconnecting at once would make these worse, even if the client was connected. */
const pressing: readonly number[] = [overloaded.code, slow.code];

/** How many ids of frames are remembered, so that a frame sent twice is shown once. */
const idsMax = 1_000;

/**
 * Connects and stays connected: over WebSocket, or Server-Sent Events where that does not get
 * through. Each frame is given once and in order, across reconnections, which continue at the last
 * one. It reads no clock, so a wrong one does not matter.
 */
export const connectClient = (options: ConnectOptions): ConnectHandle => {
  const client = new Client(options);
  void client.connect();
  return {
    lastId: () => client.lastId,
    reconnect: () => client.reconnect(),
    close: () => client.close(),
  };
};

/** An attempt to connect, until its connection ends: its token, and how to cut it. */
type Attempted = { token?: string; cut?: (() => void) | undefined };

class Client {
  lastId: string | undefined;
  readonly #options: ConnectOptions;
  readonly #seen = new Set<string>();
  #state: ConnectState = 'connecting';
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silenceMs = 0;
  /** Attempts since the last WELCOME. */
  #attempts = 0;
  /** Undefined while the next one is waited for, and when closed. */
  #attempt: Attempted | undefined;
  #refused: Readonly<{ token: string | undefined; reason: string }> | undefined;

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.lastId = options.lastId;
  }

  async connect(): Promise<void> {
    this.#stop();
    const attempt: Attempted = (this.#attempt = {});
    this.#attempts += 1;
    this.#show('connecting');
    try {
      const token = await this.#options.token();
      // It was given up meanwhile.
      if (this.#attempt !== attempt) return;
      attempt.token = token;
      if (this.#refused?.token === token) this.close(this.#refused.reason);
      else attempt.cut = this.#open(token);
    } catch (error) {
      if (this.#attempt === attempt) this.end(1006, String(error));
    }
  }

  reconnect(): void {
    if (this.#state === 'waiting') void this.connect();
    else this.end(1006, 'reconnect');
  }

  close(reason?: string): void {
    this.#stop();
    this.#show('closed', reason);
  }

  /** Ends this connection and decides when there is another one. */
  end(code: number, reason: string): void {
    if (this.#attempt === undefined) return;
    if (refusals.includes(code)) this.#refused = { token: this.#attempt.token, reason };
    this.#stop();
    const { waitMs = 1_000, waitMsMax = 30_000 } = this.#options;
    const attempts = Math.max(Number(pressing.includes(code)), this.#attempts);
    const growingMs = waitMs * (attempts === 0 ? 0.1 : 2 ** (attempts - 1));
    const longestMs = code === tooMany.code ? waitMsMax : Math.min(waitMsMax, growingMs);
    // Full jitter: clients that were cut off together reconnect soon, but not together.
    this.#timer = setTimeout(() => void this.connect(), Math.random() * longestMs);
    this.#show('waiting');
  }

  /** @throws Error where the address or the token is not one that can be sent. */
  #open(token: string): Attempted['cut'] {
    const { url, answerMs = 10_000, transports = [overWebSocket, overEventStream] } = this.#options;
    // Two attempts each: a proxy that does not support upgrades closes the connection.
    const connect = transports[Math.floor((this.#attempts - 1) / 2) % transports.length];
    this.#expectText(answerMs);
    return connect?.({
      url: url.replace(/\/$/, ''),
      token,
      lastId: this.lastId,
      onText: (text) => this.#take(text),
      onEnd: (code, reason) => this.end(code, reason),
    });
  }

  #take(text: string): void {
    this.#expectText();
    if (text === '') return;
    const frame = JSON.parse(text) as Frame & Readonly<Record<string, unknown>>;
    if (frame.type === 'WELCOME') this.#welcome(frame);
    else if (frame.type === 'CLOSE') this.end(Number(frame['code']), String(frame['reason']));
    else if (frame.type !== 'HEARTBEAT') this.#deliver(frame);
  }

  #welcome(frame: Readonly<Record<string, unknown>>): void {
    this.#attempts = 0;
    this.#expectText(2.5 * Number(frame['heartbeatMs']));
    this.#show('open');
    if (frame['recovered'] === true) return;
    this.lastId = String(frame['lastId']);
    // After a restore of its database, the server gives the ids after this one again.
    this.#seen.clear();
    this.#options.onMissed?.();
  }

  #deliver(frame: Frame): void {
    if (this.#seen.has(frame.id)) return;
    this.#seen.add(frame.id);
    const [oldest = ''] = this.#seen;
    if (this.#seen.size > idsMax) this.#seen.delete(oldest);
    this.lastId = frame.id;
    this.#options.onFrame(frame);
  }

  /** A silently cut network closes nothing: without heartbeats the connection is given up. */
  #expectText(silenceMs = this.#silenceMs): void {
    this.#silenceMs = silenceMs;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end(1006, 'the server is silent'), silenceMs);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#attempt?.cut?.();
    this.#attempt = undefined;
  }

  #show(state: ConnectState, reason?: string): void {
    this.#state = state;
    this.#options.onState?.(state, reason);
  }
}
