import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Authenticate } from '#shared/runtime/http/access/auth.ts';
import type { HttpFunction } from '#shared/runtime/http/http-function.ts';
import { methodNotAllowed } from '#shared/runtime/http/match-route.ts';
import { HttpProblem, logProblem, sendProblem, toProblem } from '#shared/runtime/http/problem.ts';
import type { Logger } from '#shared/runtime/log.ts';
import { authenticateUser } from './authenticate-user.ts';
import { lastId } from './client-frame.ts';
import type { Door } from './door.ts';
import type { Gateway } from './gateway.ts';
import { connectionsClosedTotal, connectionsRefusedTotal } from './metrics.ts';
import type { Transport } from './transport.ts';

type Options = Readonly<{
  gateway: Pick<Gateway, 'admit'>;
  door: Door;
  authenticate: Authenticate;
  log: Logger;
}>;

/** How long a client may take to read the end of its stream. */
const closeMs = 5_000;

/**
 * Answers GET /events with Server-Sent Events, for clients that cannot use WebSockets: the same
 * frames, from the same inbox. The token comes as Authorization, the last frame as Last-Event-ID.
 */
export const serveEventStreams =
  (options: Options): HttpFunction =>
  async (request, response) => {
    try {
      await answer(options, request, response);
    } catch (error) {
      const problem = toProblem(error);
      connectionsRefusedTotal.inc({ reason: problem.code });
      logProblem(options.log, problem, error);
      sendProblem(response, problem);
    }
  };

const answer = async (
  ...[options, request, response]: [Options, IncomingMessage, ServerResponse]
): Promise<void> => {
  const { method = '' } = request;
  if (request.url?.split('?')[0] !== '/events')
    throw new HttpProblem(404, 'not-found', 'Events are at /events, WebSockets at /ws');
  if (options.door.allowsOrigin(request)) allowPage(request, response);
  if (method === 'GET') await stream(options, request, response);
  else if (method === 'OPTIONS') response.writeHead(204).end();
  else throw methodNotAllowed(['GET', 'OPTIONS']);
};

const stream = async (
  ...[{ gateway, door, authenticate }, request, response]: Parameters<typeof answer>
): Promise<void> => {
  const place = door.enter(request, 'event-stream');
  response.once('close', place.leave);
  await door.turn();
  const caller = await authenticateUser(authenticate, request.headers.authorization);
  const lastPosition = lastPositionOf(request);
  place.confirm();
  if (response.destroyed) return;
  const transport = responseTransport(response);
  const admitted = gateway.admit({ ...caller, transport, lastPosition });
  if (admitted) response.once('close', admitted.left);
};

/**
 * Lets a page of another origin read the stream: https://fetch.spec.whatwg.org/#http-cors-protocol
 */
const allowPage = ({ headers: { origin } }: IncomingMessage, response: ServerResponse): void => {
  if (origin === undefined) return;
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-allow-headers', 'authorization, last-event-id');
  response.setHeader('vary', 'origin');
};

const lastPositionOf = ({ headers }: IncomingMessage): number | undefined => {
  const header = headers['last-event-id'];
  const position = lastId.safeParse(header === '' ? undefined : header);
  if (position.success) return position.data;
  throw new HttpProblem(400, 'invalid-last-event-id', 'Last-Event-ID must be the id of a frame');
};

/** A response as a transport; its head is sent with the first frame. */
const responseTransport = (response: ServerResponse): Transport => {
  const begin = (): void => {
    if (response.headersSent) return;
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // Without it, nginx and its derivatives buffer a response until it ends.
      'x-accel-buffering': 'no',
    });
  };
  return {
    name: 'event-stream',
    send: (text, id, written) => {
      if (response.writableEnded) return;
      begin();
      response.write(`${id === undefined ? '' : `id: ${id}\n`}data: ${text}\n\n`, written);
    },
    bufferedBytes: () => response.writableLength,
    heartbeat: () => {
      if (response.headersSent && !response.writableEnded) response.write(': heartbeat\n\n');
    },
    close: ({ code, reason }) => {
      if (response.writableEnded) return;
      connectionsClosedTotal.inc({ code });
      begin();
      response.end(`data: ${JSON.stringify({ type: 'CLOSE', code, reason })}\n\n`);
      setTimeout(() => response.destroy(), closeMs).unref();
    },
  };
};
