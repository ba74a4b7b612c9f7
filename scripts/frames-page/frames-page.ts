import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { transform } from 'esbuild';
import { pageHtml } from './page-html.ts';

type Options = Readonly<{
  /** Where connect-client listens. */
  connectUrl: string;
  tokenOf: (userId: string) => Promise<string>;
  port?: number;
}>;

/** A page that shows the frames of a user as they arrive, for `npm run dev`. */
type FramesPage = Readonly<{ url: string; close: () => void }>;

const clientFile = new URL('../../shared/clients/connect-client.ts', import.meta.url);

/**
 * Serves the page on loopback: `/?user=c-00042`. It runs the client that apps copy, without its
 * types. Anyone on this machine can get a token for any user from it, so it is for local use only.
 */
export const startFramesPage = async (options: Options): Promise<FramesPage> => {
  const { connectUrl, tokenOf, port = 0 } = options;
  const { code } = await transform(await readFile(clientFile, 'utf8'), { loader: 'ts' });
  const answer = async (url: URL): Promise<readonly [type: string, body: string]> => {
    const user = url.searchParams.get('user') ?? 'c-00042';
    if (url.pathname === '/connect-client.js') return ['text/javascript', code];
    if (url.pathname === '/token') return ['text/plain', await tokenOf(user)];
    return ['text/html; charset=utf-8', pageHtml(connectUrl)];
  };
  const server = createServer((request, response) => {
    answer(new URL(request.url ?? '/', 'http://localhost')).then(
      ([type, body]) => response.writeHead(200, { 'content-type': type }).end(body),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
};
