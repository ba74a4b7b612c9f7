import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { closeServer } from '#shared/runtime/http/close-server.ts';
import { eventInMessage } from '../broker/event-in-message.ts';
import type { Target } from '../delivery/target.ts';

const PRODUCE_TIMEOUT_MS = 30_000;
/** The largest headers that Vert.x accepts; Node answers 431 above. */
const HEADER_BYTES_MAX = 8_192;

type Receiver = Readonly<{ stop: () => Promise<void> }>;

/**
 * 405 for what is not a POST, 404 for an unknown path, 400 for what is not one event, else 202 or
 * 503 by Kafka.
 */
const statusFor = async (
  request: IncomingMessage,
  targets: ReadonlyMap<string, Target>,
): Promise<number> => {
  if (request.method !== 'POST') return 405;
  const [path = ''] = (request.url ?? '').split('?', 1);
  const target = targets.get(path);
  if (!target) return 404;
  const event = eventInMessage(request.headers, await buffer(request));
  if (!event) return 400;
  return (await target.send(event, PRODUCE_TIMEOUT_MS)).status ?? 503;
};

/**
 * Accepts events over HTTP on a loopback port, as the receivers of Brokers and of KafkaSinks do.
 * @param targets the topics by their paths `/<namespace>/<name>`.
 */
export const startReceiver = async (
  port: number,
  targets: ReadonlyMap<string, Target>,
): Promise<Receiver> => {
  const server = createServer({ maxHeaderSize: HEADER_BYTES_MAX }, (request, response) => {
    statusFor(request, targets).then(
      (status) => response.writeHead(status, { 'content-length': 0 }).end(),
      () => response.destroy(),
    );
  });
  server.keepAliveTimeout = 600_000;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    stop: () => closeServer(server),
  };
};
