import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { freePort } from '#scripts/services/free-port.ts';
import { createTunnel } from './create-tunnel.ts';
import { startListener } from './start-listener.ts';

const handshake = 'GET / HTTP/1.1\r\nhost: echo\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n';
const limits = { firstByteMs: 600_000, totalMs: 600_000 };

/** A Service without a pod: connections to upgrade wait for one. */
const start = async () => {
  const port = await freePort();
  const withdrawn = Promise.withResolvers<true>();
  const waiting = Promise.withResolvers<true>();
  const listener = await startListener(port, {
    dispatch: () => () => undefined,
    upgrade: (request, socket, head) => {
      createTunnel({ request, socket, head, limits, withdraw: () => withdrawn.resolve(true) });
      waiting.resolve(true);
    },
  });
  const client = connect(port, '127.0.0.1');
  await once(client, 'connect');
  return { listener, client, waiting: waiting.promise, withdrawn: withdrawn.promise };
};

it('drops a connection to upgrade whose client leaves while it waits for a pod', async () => {
  const { listener, client, waiting, withdrawn } = await start();
  client.write(handshake);
  await waiting;
  client.destroy();
  await withdrawn;
  listener.close();
  await listener.stop();
});

it('upgrades nothing once it is closed, and stops with clients that are still connected', async () => {
  const { listener, client } = await start();
  client.write('GET / HTTP/1.1\r\nhost: echo\r\n');
  listener.close();
  client.write(handshake.slice(handshake.indexOf('connection')));
  await once(client.resume(), 'close');
  await expect(listener.stop()).resolves.toBeUndefined();
});
