/** The thread behind openSockets. */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import WebSocket from 'ws';
import { clockMs, type Order, type Received, type SocketOptions } from './open-sockets.ts';

/** Connections that are opened at once. */
const openingMax = 100;

const { url, protocols } = workerData as SocketOptions;
let received: Received[] = [];

const open = async (own: readonly string[], number: number): Promise<WebSocket> => {
  const socket = new WebSocket(url, [...own], { perMessageDeflate: false });
  socket.on('message', (data: Buffer) => {
    received.push({ number, text: data.toString(), atMs: clockMs() });
  });
  await once(socket, 'open');
  return socket;
};

const sockets: WebSocket[] = [];
while (sockets.length < protocols.length) {
  const first = sockets.length;
  const next = protocols.slice(first, first + openingMax);
  sockets.push(...(await Promise.all(next.map((own, place) => open(own, first + place)))));
}

const closeAll = async (): Promise<void> => {
  const closed = sockets.map((socket) => once(socket, 'close'));
  for (const socket of sockets) socket.close();
  await Promise.all(closed);
  process.exit(0);
};

parentPort?.on('message', (order: Order) => {
  if (order.kind === 'send')
    for (const { number, text } of order.texts) sockets[number]?.send(text);
  if (order.kind === 'collect') {
    parentPort?.postMessage(received);
    received = [];
  }
  if (order.kind === 'close') void closeAll();
});
parentPort?.postMessage([]);
