import { once } from 'node:events';
import { Agent, createServer, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { closeServer } from './close-server.ts';

it('closes a connection that is kept alive once its response is sent', async () => {
  const { promise: received, resolve: receive } = Promise.withResolvers<ServerResponse>();
  const server = createServer((_request, response) => receive(response));
  // Longer than any test may take.
  server.keepAliveTimeout = 3_600_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const sent = request({ port, agent: new Agent({ keepAlive: true }) }).end();
  const response = await received;
  const closed = closeServer(server);
  response.writeHead(200, { 'content-length': 0, connection: 'keep-alive' }).end();
  const [answer] = (await once(sent, 'response')) as [{ statusCode: number; resume: () => void }];
  answer.resume();
  expect(answer.statusCode).toBe(200);
  await closed;
  expect(server.listening).toBe(false);
});
