import type { IncomingMessage, ServerResponse } from 'node:http';
import { count } from '../config.ts';
import type { Logger } from '../log.ts';
import type { HttpFunction } from './http-function.ts';
import { HttpProblem, sendProblem } from './problem.ts';

/** The variable of every function that limits the time of a request. */
export const requestShape = {
  /**
   * Less than timeoutSeconds of the manifest, at which queue-proxy answers 504 and the source sends
   * the event again.
   */
  REQUEST_SECONDS: count.default(45),
};

/** Whether the response is no longer needed: it was sent, or the caller disconnected. */
export const isOver = (response: ServerResponse): boolean =>
  response.writableEnded || response.destroyed;

type Waiting = Readonly<{ request: IncomingMessage; dueAt: number }>;

/**
 * Answers 503 to a request that is still being handled after `requestMs`, so that its sender hears
 * of it from us and sends it again. What the function answers afterwards goes nowhere.
 */
export const withinTime = (handle: HttpFunction, requestMs: number, log: Logger): HttpFunction => {
  // All have the same time, so they run out of it in the order of their arrival, and one timer is
  // enough.
  const waiting = new Map<ServerResponse, Waiting>();
  let timer: NodeJS.Timeout | undefined;

  const expire = (): void => {
    timer = undefined;
    const now = performance.now();
    for (const [response, { request, dueAt }] of waiting) {
      if (dueAt > now) {
        timer = setTimeout(expire, dueAt - now).unref();
        return;
      }
      waiting.delete(response);
      giveUp(request, response, log);
    }
  };
  function forget(this: ServerResponse): void {
    waiting.delete(this);
  }

  return async (request, response) => {
    waiting.set(response, { request, dueAt: performance.now() + requestMs });
    timer ??= setTimeout(expire, requestMs).unref();
    response.on('close', forget);
    await handle(request, response);
  };
};

const giveUp = ({ url }: IncomingMessage, response: ServerResponse, log: Logger): void => {
  // A response that has begun is a stream, which lasts as long as its reader.
  if (isOver(response) || response.headersSent) return;
  log.error({ status: 503, path: url }, 'a request took too long');
  const detail = 'The request exceeded its deadline, retry';
  sendProblem(response, new HttpProblem(503, 'deadline-exceeded', detail, { 'retry-after': '1' }));
};
