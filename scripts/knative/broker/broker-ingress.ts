import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { Target } from '../delivery/target.ts';
import { eventInMessage } from './event-in-message.ts';

const PRODUCE_TIMEOUT_MS = 30_000;

type Ingress = Readonly<{ stop: () => Promise<void> }>;

/** The status for a request: 405 and 404 for what is no Broker, 400 for what is no event, 202 or 503 by Kafka. */
const statusFor = async (
  request: IncomingMessage,
  brokers: ReadonlyMap<string, Target>,
): Promise<number> => {
  if (request.method !== 'POST') return 405;
  const broker = brokers.get(request.url ?? '');
  if (!broker) return 404;
  const event = eventInMessage(request.headers, await buffer(request));
  if (!event) return 400;
  return (await broker.send(event, PRODUCE_TIMEOUT_MS)).status ?? 503;
};

/** The HTTP way into the Brokers, each under its path `/<namespace>/<name>`. */
export const startBrokerIngress = async (
  port: number,
  brokers: ReadonlyMap<string, Target>,
): Promise<Ingress> => {
  const server = createServer((request, response) => {
    statusFor(request, brokers).then(
      (status) => response.writeHead(status).end(),
      () => response.destroy(),
    );
  });
  server.keepAliveTimeout = 600_000;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    stop: async () => {
      server.close();
      server.closeIdleConnections();
      await once(server, 'close');
    },
  };
};
