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
  /** Cuts the connection, which comes back by itself: after the device woke up, for instance. */
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

const { badFrame, unauthorized, forbidden } = closing;
const closeCodes: Record<number, number> = { 401: unauthorized.code, 403: forbidden.code };

/** Another attempt with the same token would end the same way. */
const refusals: readonly number[] = [badFrame.code, unauthorized.code, forbidden.code];

/** Reconnecting at once would make these worse, even if the client was connected. */
const pressing: readonly number[] = [closing.overloaded.code, closing.slow.code];

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
    reconnect: () => client.end(1006, 'reconnect'),
    close: () => client.close(),
  };
};

class Client {
  lastId: string | undefined;
  readonly #options: ConnectOptions;
  readonly #seen = new Set<string>();
  #state: ConnectState = 'connecting';
  #cut: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silenceMs = 0;
  #token: string | undefined;
  /** Attempts since the last WELCOME. */
  #attempts = 0;

  constructor(options: ConnectOptions) {
    this.#options = options;
    this.lastId = options.lastId;
  }

  async connect(token?: string): Promise<void> {
    const { url, answerMs = 10_000 } = this.#options;
    const { transports = [overWebSocket, overEventStream] } = this.#options;
    const attempt = (this.#attempts += 1);
    this.#show('connecting');
    try {
      this.#token = token ?? (await this.#options.token());
    } catch (error) {
      this.end(1006, String(error));
      return;
    }
    if (this.#state !== 'connecting' || attempt !== this.#attempts) return;
    this.#silenceMs = answerMs;
    // Two attempts each: a proxy that does not support upgrades closes the connection.
    const connect = transports[Math.floor((attempt - 1) / 2) % transports.length];
    this.#expectText();
    this.#cut = connect?.({
      url: url.replace(/\/$/, ''),
      token: this.#token,
      lastId: this.lastId,
      onText: (text) => this.#take(text),
      onEnd: (code, reason) => this.end(code, reason),
    });
  }

  close(): void {
    this.#stop();
    this.#show('closed');
  }

  /** Ends this connection and decides whether and when there is another one. */
  end(code: number, reason: string): void {
    if (this.#state === 'closed' || this.#state === 'waiting') return;
    this.#stop();
    if (refusals.includes(code)) void this.#retryWithAnotherToken(reason);
    else if (code === closing.tooMany.code) this.#wait(Number.POSITIVE_INFINITY);
    else this.#wait(pressing.includes(code) ? Math.max(1, this.#attempts) : this.#attempts);
  }

  async #retryWithAnotherToken(reason: string): Promise<void> {
    const refused = this.#token;
    this.#show('waiting');
    const next = await Promise.resolve(this.#options.token()).catch(() => refused);
    if (this.#state !== 'waiting') return;
    if (next === refused) this.#show('closed', reason);
    else this.#wait(this.#attempts, next);
  }

  /** Full jitter: clients that were cut off together reconnect soon, but not together. */
  #wait(attempts: number, token?: string): void {
    const { waitMs = 1_000, waitMsMax = 30_000 } = this.#options;
    const longestMs = Math.min(waitMsMax, waitMs * (attempts === 0 ? 0.1 : 2 ** (attempts - 1)));
    this.#show('waiting');
    this.#timer = setTimeout(() => void this.connect(token), Math.random() * longestMs);
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
    this.#silenceMs = 2.5 * Number(frame['heartbeatMs']);
    this.#expectText();
    this.#show('open');
    if (frame['recovered'] === true) return;
    this.lastId = String(frame['lastId']);
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
  #expectText(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.end(1006, 'the server is silent'), this.#silenceMs);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#cut?.();
    this.#cut = undefined;
  }

  #show(state: ConnectState, reason?: string): void {
    this.#state = state;
    this.#options.onState?.(state, reason);
  }
}
