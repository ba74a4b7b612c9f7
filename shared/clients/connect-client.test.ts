import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { type ConnectOptions, closing, connectClient, type Frame } from './connect-client.ts';

type Answers = Readonly<{
  socket?: (socket: WebSocket, protocols: readonly string[]) => void;
  stream?: (response: ServerResponse, request: IncomingMessage) => void;
}>;

/** A server that answers connections as a test scripts it. */
const serve = async ({ socket, stream }: Answers): Promise<string> => {
  const sockets = new WebSocketServer({ noServer: true });
  const server = createServer((request, response) => {
    if (stream) stream(response, request);
    else response.writeHead(404).end();
  });
  server.on('upgrade', (request, raw, head) => {
    raw.on('error', () => undefined);
    const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(/, ?/);
    if (!socket) raw.end('HTTP/1.1 426 Upgrade Required\r\nconnection: close\r\n\r\n');
    else sockets.handleUpgrade(request, raw, head, (accepted) => socket(accepted, protocols));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const each of sockets.clients) each.terminate();
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const welcome = (lastId: string, recovered = true, heartbeatMs = 60_000): string =>
  JSON.stringify({ type: 'WELCOME', recovered, lastId, heartbeatMs });
const frame = (id: string): Frame => ({ type: 'INCENTIVE_NOTIFICATION', id });

type Attempt = Parameters<NonNullable<ConnectOptions['transports']>[number]>[0];

/** A transport that a test plays by hand. */
const played = () => {
  const attempts: Attempt[] = [];
  const transport = (attempt: Attempt) => {
    attempts.push(attempt);
    return () => undefined;
  };
  const made = (count: number) =>
    vi.waitFor(() => expect(attempts.length).toBeGreaterThanOrEqual(count), 30_000);
  return { attempts, made, url: 'http://connect', transports: [transport] };
};

const connect = (options: Partial<ConnectOptions> & { url: string }) => {
  const frames: string[] = [];
  const states: string[] = [];
  const client = connectClient({
    token: () => 'token',
    onFrame: ({ id }) => frames.push(id),
    onState: (state, reason) => states.push(reason === undefined ? state : `${state}: ${reason}`),
    waitMs: 1,
    waitMsMax: 2,
    ...options,
  });
  onTestFinished(client.close);
  return { client, frames, states };
};

describe('connectClient', () => {
  it('reconnects after the last frame and delivers each frame once', async () => {
    const asked: (readonly string[])[] = [];
    const url = await serve({
      socket: (socket, protocols) => {
        asked.push(protocols);
        const times = asked.length;
        socket.send(welcome('0'));
        // The server sends one again, as after a resume that raced with a frame.
        for (const id of [times, times + 1]) socket.send(JSON.stringify(frame(`n-${id}`)));
        if (times < 3) socket.close(closing.restart.code);
      },
    });
    const { client, frames } = connect({ url });
    await vi.waitFor(() => expect(frames).toEqual(['n-1', 'n-2', 'n-3', 'n-4']), 30_000);
    expect(asked).toEqual([
      ['guerdon.v1', 'bearer.token'],
      ['guerdon.v1', 'bearer.token', 'resume.n-2'],
      ['guerdon.v1', 'bearer.token', 'resume.n-3'],
    ]);
    expect(client.lastId()).toBe('n-4');
  });

  it('falls back to Server-Sent Events where upgrades fail', async () => {
    const ids: unknown[] = [];
    const url = await serve({
      stream: (response, { headers }) => {
        ids.push([headers.authorization, headers['last-event-id']]);
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write(`id: 0\ndata: ${welcome('0')}\n\n: heartbeat\n\nid: 1\nda`);
        response.end(`ta: ${JSON.stringify(frame(`n-${ids.length}`))}\n\n`);
      },
    });
    const { frames } = connect({ url, lastId: 'n-0' });
    await vi.waitFor(() => expect(frames.slice(0, 2)).toEqual(['n-1', 'n-2']), 30_000);
    expect(ids.slice(0, 2)).toEqual([
      ['Bearer token', 'n-0'],
      ['Bearer token', 'n-1'],
    ]);
  });

  it('reports missed frames, and continues after them', async () => {
    const url = await serve({
      socket: (socket) => {
        socket.send(welcome('n-7', false));
      },
    });
    const onMissed = vi.fn();
    const { client } = connect({ url, lastId: 'n-1', onMissed });
    await vi.waitFor(() => expect(onMissed).toHaveBeenCalledOnce(), 30_000);
    expect(client.lastId()).toBe('n-7');
  });

  it('gives up a server that becomes silent, and one that does not answer', async () => {
    let times = 0;
    const url = await serve({
      socket: (socket) => {
        times += 1;
        // The first never answers, the second stops answering.
        if (times === 2) socket.send(welcome('0', true, 20));
        if (times > 2) socket.send(welcome('0'));
      },
    });
    const { states } = connect({ url, answerMs: 50 });
    await vi.waitFor(() => expect(times).toBeGreaterThanOrEqual(3), 30_000);
    await vi.waitFor(() => expect(states.at(-1)).toBe('open'), 30_000);
  });

  it.each([
    ['cut off', 1006, 100],
    ['closed because its pod is replaced', closing.restart.code, 100],
    ['closed because the server is overloaded', closing.overloaded.code, 1_000],
    ['closed because of too many connections', closing.tooMany.code, 30_000],
  ])('reconnects within a bound when it was %s', async (_what, code, withinMs) => {
    vi.useFakeTimers();
    vi.spyOn(Math, 'random').mockReturnValue(0.999);
    onTestFinished(() => {
      vi.useRealTimers();
      vi.restoreAllMocks();
    });
    const { attempts, url, transports } = played();
    const { client } = connect({ url, transports, waitMs: 1_000, waitMsMax: 30_000 });
    await vi.advanceTimersByTimeAsync(0);
    attempts[0]?.onText(welcome('0'));
    attempts[0]?.onEnd(code, '');
    await vi.advanceTimersByTimeAsync(withinMs * 0.98);
    expect(attempts).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(withinMs * 0.02);
    expect(attempts).toHaveLength(2);
    client.close();
  });

  it('waits two and a half heartbeats for the text after WELCOME, not only as long as for WELCOME', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { attempts, url, transports } = played();
    const { states } = connect({ url, transports, answerMs: 50 });
    await vi.advanceTimersByTimeAsync(0);
    attempts[0]?.onText(welcome('0', true, 1_000));
    await vi.advanceTimersByTimeAsync(2_499);
    expect(states).toEqual(['connecting', 'open']);
    await vi.advanceTimersByTimeAsync(1);
    expect(states.slice(0, 3)).toEqual(['connecting', 'open', 'waiting']);
  });

  it('sends a refused token once, and another one after it', async () => {
    const seen: string[] = [];
    const url = await serve({
      socket: (socket, [, bearer = '']) => {
        seen.push(bearer);
        const { code, reason } = closing.unauthorized;
        if (bearer === 'bearer.good') socket.send(welcome('0'));
        else socket.close(code, reason);
      },
    });
    const stubborn = connect({ url });
    await vi.waitFor(
      () => expect(stubborn.states.at(-1)).toBe(`closed: ${closing.unauthorized.reason}`),
      30_000,
    );
    expect(seen).toEqual(['bearer.token']);
    const tokens = ['bad', 'good'];
    const { states } = connect({ url, token: () => tokens.shift() ?? '' });
    await vi.waitFor(() => expect(states.at(-1)).toBe('open'), 30_000);
    expect(seen).toEqual(['bearer.token', 'bearer.bad', 'bearer.good']);
  });

  it('asks for a token again when it could not be had, also after one was refused', async () => {
    const { attempts, made, ...network } = played();
    const answers = [
      () => 'bad',
      () => {
        throw new Error('offline');
      },
      () => Promise.reject(new Error('offline')),
      () => 'good',
    ];
    const { code, reason } = closing.unauthorized;
    const { states } = connect({ ...network, token: () => answers.shift()?.() ?? 'good' });
    await made(1);
    attempts[0]?.onEnd(code, reason);
    await made(2);
    expect(attempts.map(({ token }) => token)).toEqual(['bad', 'good']);
    attempts[1]?.onText(welcome('0'));
    expect(states.at(-1)).toBe('open');
  });

  it('tries again when a connection cannot begin, as with a token that no header may contain', async () => {
    const url = await serve({ socket: (socket) => socket.send(welcome('0')) });
    const tokens = ['not a token', 'good'];
    const { states } = connect({ url, token: () => tokens.shift() ?? '' });
    await vi.waitFor(() => expect(states.at(-1)).toBe('open'), 30_000);
    expect(states).toEqual(['connecting', 'waiting', 'connecting', 'open']);
  });

  it('ignores a token that comes after a newer attempt was made', async () => {
    const { attempts, made, ...network } = played();
    const tokens = [Promise.withResolvers<string>(), Promise.withResolvers<string>()];
    const asked = [...tokens];
    const { client, states } = connect({
      ...network,
      token: () => asked.shift()?.promise ?? 'new',
    });
    client.reconnect();
    await vi.waitFor(() => expect(asked).toEqual([]), 30_000);
    client.reconnect();
    await made(1);
    attempts[0]?.onText(welcome('0'));
    tokens[0]?.reject(new Error('offline'));
    tokens[1]?.resolve('old');
    await nextTurn();
    expect(states.at(-1)).toBe('open');
    expect(attempts.map(({ token }) => token)).toEqual(['new']);
  });

  it('reconnects at once on request, though it waits for its next attempt', async () => {
    const { attempts, made, ...network } = played();
    const { client, states } = connect({ ...network, waitMs: 1e9, waitMsMax: 1e9 });
    await made(1);
    attempts[0]?.onEnd(1006, '');
    expect(states.at(-1)).toBe('waiting');
    client.reconnect();
    await made(2);
  });

  it('stays closed when it is closed while it learns that its connection ended', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const { attempts, url, transports } = played();
    const states: string[] = [];
    const { client } = connect({
      url,
      transports,
      onState: (state) => {
        states.push(state);
        if (state === 'waiting') client.close();
      },
    });
    await vi.advanceTimersByTimeAsync(0);
    attempts[0]?.onEnd(1006, '');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(states).toEqual(['connecting', 'waiting', 'closed']);
  });

  it('delivers ids again that a restored server gives anew, after it reported missed frames', async () => {
    const { attempts, made, ...network } = played();
    const { frames } = connect(network);
    await made(1);
    for (const text of [welcome('0'), ...['1', '2'].map((id) => JSON.stringify(frame(id)))])
      attempts[0]?.onText(text);
    attempts[0]?.onEnd(closing.restart.code, '');
    await made(2);
    for (const text of [welcome('1', false), JSON.stringify(frame('2'))]) attempts[1]?.onText(text);
    expect(frames).toEqual(['1', '2', '2']);
  });

  it('waits a random time that doubles up to a limit', async () => {
    const waits: (number | undefined)[] = [];
    const setTimer = globalThis.setTimeout;
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    vi.spyOn(globalThis, 'setTimeout').mockImplementation((run: () => void, ms?: number) => {
      if (ms === undefined || ms >= 1_000) return setTimer(run, ms);
      waits.push(ms);
      return setTimer(run, 0);
    });
    onTestFinished(() => void vi.restoreAllMocks());
    const url = await serve({});
    connect({ url, waitMs: 10, waitMsMax: 100, answerMs: 60_000 });
    await vi.waitFor(() => expect(waits.length).toBeGreaterThanOrEqual(6), 30_000);
    expect(waits.slice(0, 6)).toEqual([5, 10, 20, 40, 50, 50]);
  });
});
