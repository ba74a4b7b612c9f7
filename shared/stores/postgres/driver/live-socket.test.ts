import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished, vi } from 'vitest';
import { liveSockets } from './live-socket.ts';

/** A server, and a socket that the driver would write to. */
const connected = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const socket = await liveSockets(60_000)({ host: ['127.0.0.1'], port: [port] });
  const [other] = await accepted;
  onTestFinished(() => {
    socket.destroy();
    server.close();
  });
  return { socket, other };
};

it('sends together what is written in one turn of the event loop, and without delay', async () => {
  const setNoDelay = vi.spyOn((await import('node:net')).Socket.prototype, 'setNoDelay');
  onTestFinished(() => setNoDelay.mockRestore());
  const { socket, other } = await connected();
  expect(setNoDelay).toHaveBeenCalledWith(true);

  const writes: string[] = [];
  const write = socket._writev?.bind(socket);
  socket._writev = (chunks, callback) => {
    writes.push(chunks.map(({ chunk }) => String(chunk)).join(''));
    write?.(chunks, callback);
  };
  socket.write('bind');
  void Promise.resolve()
    .then(() => socket.write(' execute'))
    .then(() => socket.write(' sync'));
  await once(other, 'data');
  expect(writes).toEqual(['bind execute sync']);
});
