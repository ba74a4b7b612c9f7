import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the range that Linux uses for outgoing connections (32768 and up): a server that restarts
 * on its port must not find a client there, least of all one that connected to itself while the
 * server was down.
 */
const defaultRange = { first: 20_000, last: 32_767 };

/**
 * Binds UDP at this port until our process ends: the lock by which our processes never choose the
 * same TCP port. The kernel releases it, also after a crash.
 */
const reserve = async (port: number): Promise<boolean> => {
  const lock = createSocket({ type: 'udp4', reuseAddr: false }).unref();
  const bound = once(lock, 'listening');
  lock.bind({ port, address: '127.0.0.1', exclusive: true });
  return bound.then(
    () => true,
    () => {
      lock.close();
      return false;
    },
  );
};

const isFree = async (port: number): Promise<boolean> => {
  const server = createServer().listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    server.close();
    await once(server, 'close');
    return true;
  } catch {
    return false;
  }
};

/**
 * A free TCP port on loopback that no other call returns, in this or another process, until this
 * process ends.
 * @throws Error when every port of the range is taken.
 */
export const freePort = async ({ first, last } = defaultRange): Promise<number> => {
  const count = last - first + 1;
  const start = randomInt(count);
  for (let step = 0; step < count; step += 1) {
    const port = first + ((start + step) % count);
    if ((await reserve(port)) && (await isFree(port))) return port;
  }
  throw new Error(`No port from ${first} to ${last} is free`);
};
