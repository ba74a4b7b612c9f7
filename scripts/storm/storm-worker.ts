/** The thread behind startClients. */
import { parentPort, workerData } from 'node:worker_threads';
import WebSocket from 'ws';
import { type ConnectOptions, connectClient, subProtocol } from '#shared/clients/connect-client.ts';
import type { Arrival, ClientOptions, Order } from './storm-clients.ts';

type Transport = NonNullable<ConnectOptions['transports']>[number];

const { url, tokens } = workerData as ClientOptions;
let arrivals: Arrival[] = [];

/**
 * As overWebSocket, with `ws`: for a handshake the WebSocket of Node takes some twice the processor
 * time, which clients share with what is measured.
 */
const overWs: Transport = ({ token, lastId, onText, onEnd }) => {
  const resume = lastId === undefined ? [] : [`resume.${lastId}`];
  const protocols = [subProtocol, `bearer.${token}`, ...resume];
  const address = `${url.replace(/^http/, 'ws')}/ws`;
  const socket = new WebSocket(address, protocols, { perMessageDeflate: false });
  socket
    .on('error', () => undefined)
    .on('message', (data: Buffer) => onText(data.toString()))
    .on('close', (code, reason) => onEnd(code, reason.toString()));
  return () => {
    socket.removeAllListeners('message').removeAllListeners('close').terminate();
  };
};

const open = async (token: string, client: number) => {
  const opened = Promise.withResolvers<undefined>();
  let isOpen = false;
  let [lostAtMs, openedAtMs] = [0, 0];
  const handle = connectClient({
    url,
    token: () => token,
    lastId: '0',
    transports: [overWs],
    onFrame: ({ incentiveId }) => {
      const atMs = Date.now();
      arrivals.push({ client, incentiveId: String(incentiveId), atMs, lostAtMs, openedAtMs });
    },
    onState: (state) => {
      if (isOpen === (state === 'open')) return;
      isOpen = state === 'open';
      if (isOpen) openedAtMs = Date.now();
      else lostAtMs = Date.now();
      opened.resolve(undefined);
    },
  });
  await opened.promise;
  return handle;
};

const clients = await Promise.all(tokens.map(open));

const cut = (share: number): void => {
  for (const { reconnect } of clients.filter(() => Math.random() < share)) reconnect();
};

parentPort?.on('message', (order: Order) => {
  if (order.kind === 'cut') cut(order.share);
  if (order.kind === 'collect') {
    parentPort?.postMessage(arrivals);
    arrivals = [];
  }
  if (order.kind === 'close') process.exit(0);
});
parentPort?.postMessage([]);
