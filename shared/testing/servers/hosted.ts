import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { readConfig, requestShape } from '#shared/runtime/config.ts';
import { createHost, withinTime } from '#shared/runtime/host.ts';
import type { HttpFunction } from '#shared/runtime/http/http-function.ts';
import { traffic } from '../traffic.ts';
import { afterFile } from './after-file.ts';

/**
 * Serves a function on a free loopback port as our own host does, with the default deadline of a
 * request. Returns a client that returns the status, and the code of a problem.
 */
export const hosted = async (handle: HttpFunction) => {
  const { REQUEST_SECONDS } = readConfig(requestShape, {});
  const bounded = withinTime(handle, REQUEST_SECONDS * 1000, pino({ level: 'silent' }));
  const server = createHost(bounded, traffic).listen(0, '127.0.0.1');
  afterFile(() => server.close());
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return async (path: string, init: RequestInit = {}): Promise<string> => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, init);
    const text = await answer.text();
    const { code = '' } = JSON.parse(text || '{}') as { code?: string };
    return `${answer.status} ${code}`.trim();
  };
};
