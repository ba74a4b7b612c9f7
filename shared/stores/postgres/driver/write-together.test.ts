import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { writeTogether } from './connect.ts';

/** A socket that the driver would write to, and its other end. */
const connected = async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const socket = writeTogether(connect({ host: '127.0.0.1', port }));
  const [other] = await accepted;
  onTestFinished(() => {
    socket.destroy();
    server.close();
  });
  return { socket, other };
};

it('sends together what is written in one turn of the event loop', async () => {
  const { socket, other } = await connected();
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
