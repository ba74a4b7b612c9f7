/** The thread behind startClients. */
import { parentPort, workerData } from 'node:worker_threads';
import { connectClient, overWebSocket } from '#shared/clients/connect-client.ts';
import type { Arrival, ClientOptions, Order } from './storm-clients.ts';

const { url, tokens } = workerData as ClientOptions;
let arrivals: Arrival[] = [];

const open = async (token: string, client: number) => {
  const opened = Promise.withResolvers<undefined>();
  const handle = connectClient({
    url,
    token: () => token,
    lastId: '0',
    waitMs: 10,
    waitMsMax: 1_000,
    transports: [overWebSocket],
    onFrame: ({ incentiveId }) => {
      arrivals.push({ client, incentiveId: String(incentiveId), atMs: Date.now() });
    },
    onState: (state) => {
      if (state === 'open') opened.resolve(undefined);
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
