import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, expect, it } from 'vitest';
import { tcpProxy } from './tcp-proxy.ts';

/** Echoes, and keeps what it received and which connections it has. */
const received: string[] = [];
const served: Socket[] = [];
const echo = createServer({ allowHalfOpen: true }, (socket) => {
  served.push(socket);
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    received.push(String(chunk));
    socket.write(chunk);
  });
  socket.on('end', () => socket.end(' and goodbye'));
}).listen(0, '127.0.0.1');
await once(echo, 'listening');
const proxy = await tcpProxy({ port: (echo.address() as AddressInfo).port });

afterEach(() => proxy.restore());
afterAll(async () => {
  await proxy.close();
  echo.close();
});

const dial = async (): Promise<Socket> => {
  const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
};
/** Sends a text; resolves with as many bytes as were sent. */
const ask = async (socket: Socket, question: string): Promise<string> => {
  socket.write(question);
  let answer = '';
  while (answer.length < question.length) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    answer += String(chunk);
  }
  return answer;
};

it('passes bytes both ways and leaves the other direction open when one ends', async () => {
  const socket = await dial();
  expect(await ask(socket, 'hello')).toBe('hello');
  socket.end();
  expect(await text(socket)).toBe(' and goodbye');
});

it('passes everything on, however slow the network is', async () => {
  proxy.delay(5);
  proxy.drip(2_000);
  const long = 'x'.repeat(500);
  expect(await ask(await dial(), long)).toBe(long);
});

it('resets every open connection on both sides, and serves the next', async () => {
  const sockets = [await dial(), await dial()];
  for (const socket of sockets) await ask(socket, 'hello');
  const servers = served.slice(-2);
  const errors = sockets.map((socket) => once(socket, 'error'));
  const closed = servers.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  expect(proxy.reset()).toBeGreaterThanOrEqual(2);
  for (const [error] of await Promise.all(errors))
    expect(error).toMatchObject({ code: 'ECONNRESET' });
  await Promise.all(closed);
  expect(await ask(await dial(), 'again')).toBe('again');
});

it('swallows everything in a black hole; open connections stay silent and new ones work', async () => {
  const before = await dial();
  await ask(before, 'hello');
  const [server] = served.slice(-1);
  proxy.blackHole();
  const during = await dial();
  const heard: string[] = [];
  for (const socket of [before, during]) {
    socket.on('data', (chunk) => heard.push(String(chunk)));
    socket.on('close', () => heard.push('close'));
    socket.write('into the hole');
  }
  // What the server sends does not get through, either.
  server!.write('anybody there?');
  proxy.restore();
  for (const socket of [before, during]) socket.write('into the hole');
  expect(await ask(await dial(), 'again')).toBe('again');
  expect(received).not.toContain('into the hole');
  expect(heard).toEqual([]);
});

it('closes the connection to the server only once the network is back', async () => {
  const socket = await dial();
  await ask(socket, 'hello');
  const [server] = served.slice(-1);
  const ended = once(server!, 'end');
  proxy.blackHole();
  socket.destroy();
  await once(socket, 'close');
  expect(server!.readableEnded).toBe(false);
  proxy.restore();
  await ended;
});

it('loses the response to the request that matches, and only that', async () => {
  const [other, socket] = [await dial(), await dial()];
  proxy.loseResponse((request) => String(request) === 'pay');
  expect(await ask(other, 'hello')).toBe('hello');
  const failed = once(socket, 'error');
  socket.on('data', () => expect.unreachable('the response is lost'));
  socket.write('pay');
  expect((await failed)[0]).toMatchObject({ code: 'ECONNRESET' });
  expect(received.filter((each) => each === 'pay')).toHaveLength(1);
  expect(await ask(other, 'pay')).toBe('pay');
});
