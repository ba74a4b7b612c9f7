import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * Below the range that Linux gives to outgoing connections (32768 and up): a server that restarts on its port must
 * not find a client there, least of all one that, knocking while the server was down, connected to itself.
 */
const FIRST_PORT = 20_000;
const LAST_PORT = 32_767;

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

/** A port on loopback that nobody listens on at this moment. */
export const freePort = async (): Promise<number> => {
  const port = randomInt(FIRST_PORT, LAST_PORT + 1);
  return (await isFree(port)) ? port : freePort();
};
