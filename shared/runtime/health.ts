import type { IncomingMessage, ServerResponse } from 'node:http';

let draining = false;

/** Makes readiness fail from now on, so that no new traffic is sent here. */
export const startDraining = (): void => {
  draining = true;
};

/**
 * Answers `GET /livez` and `GET /readyz` and says whether it did. Ready means started and not asked
 * to end: a lost dependency is answered per request with 503, because taking every pod out of
 * rotation at once helps nobody.
 */
export const answerProbe = (
  { method, url }: IncomingMessage,
  response: ServerResponse,
): boolean => {
  if (method !== 'GET' || (url !== '/readyz' && url !== '/livez')) return false;
  const status = url === '/readyz' && draining ? 503 : 200;
  response
    .writeHead(status, { 'content-type': 'text/plain' })
    .end(status === 200 ? 'ok' : 'draining');
  return true;
};
