import type { IncomingMessage, ServerResponse } from 'node:http';
import { count } from './config.ts';
import type { HttpFunction } from './http-function.ts';
import type { Logger } from './log.ts';
import { HttpProblem, sendProblem } from './problem.ts';

/** The variable of every function that says how long a request may take. */
export const requestShape = {
  /** Less than timeoutSeconds of the manifest, at which queue-proxy answers 504 and the source sends the event again. */
  REQUEST_SECONDS: count.default(45),
};

/** Whether nobody waits for the answer any more: it was given, or the caller left. */
export const isOver = (response: ServerResponse): boolean =>
  response.writableEnded || response.destroyed;

/**
 * Answers 503 to a request that is still being handled after `requestMs`, so that its sender hears of it from us and sends it
 * again. What the function answers afterwards goes nowhere.
 */
export const withinTime =
  (handle: HttpFunction, requestMs: number, log: Logger): HttpFunction =>
  async (request, response) => {
    const timer = setTimeout(() => giveUp(request, response, log), requestMs);
    response.once('close', () => clearTimeout(timer));
    await handle(request, response);
  };

const giveUp = ({ url }: IncomingMessage, response: ServerResponse, log: Logger): void => {
  if (isOver(response)) return;
  log.error({ status: 503, path: url }, 'a request took too long');
  const detail = 'The request exceeded its deadline, retry';
  sendProblem(response, new HttpProblem(503, 'deadline-exceeded', detail, { 'retry-after': '1' }));
};
