import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterFile } from './after-file.ts';

/** A request as an endpoint received it. */
type Received = Readonly<{
  method: string;
  headers: IncomingMessage['headers'];
  body: string;
}>;

type Answer = (received: Received, response: ServerResponse) => void;

/** An HTTP server on loopback that stores what it receives and answers 204, or as configured. */
export const receiver = async (answer: Answer = allow) => {
  const state = { answer };
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const one = { method: request.method ?? '', headers: request.headers, body };
      received.push(one);
      state.answer(one, response);
    });
  }).listen(0, '127.0.0.1');
  afterFile(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    received,
    events: () => received.filter(({ method }) => method === 'POST'),
    /** Changes how it answers from now on. */
    answers: (next: Answer) => {
      state.answer = next;
    },
  };
};

/** Allows deliveries from everyone, and accepts them. */
export const allow: Answer = (_received, response) => {
  response.writeHead(204, { 'webhook-allowed-origin': '*' }).end();
};

/** Answers with a status. */
export const withStatus =
  (status: number, headers: Record<string, string> = {}): Answer =>
  (_received, response) => {
    response.writeHead(status, headers).end();
  };
