import type { Server } from 'node:http';

/**
 * Stops listening and resolves once all requests under way have their responses. Node closes the
 * connections that are idle now, but keeps each of the others open for `keepAliveTimeout` after its
 * response.
 */
export const closeServer = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    const timer = setInterval(() => server.closeIdleConnections(), 50);
    server.close(() => {
      clearInterval(timer);
      resolve();
    });
  });
