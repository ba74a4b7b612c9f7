import type { Dispatcher } from 'undici';
import type { Limits, PendingRequest, PodAddress } from './pending-request.ts';

type Controller = Dispatcher.DispatchController;
type Handler = Dispatcher.DispatchHandler;
type Headers = Parameters<NonNullable<Handler['onResponseStart']>>[2];

/** The controller of a response that we generate. */
const noConnection: Controller = {
  aborted: false,
  paused: false,
  reason: null,
  abort: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
};

type Options = Readonly<{
  request: Dispatcher.DispatchOptions;
  /** Receives the response: exactly one end or error. */
  handler: Handler;
  limits: Limits;
  /** Removes it from the queue that it waits in. */
  withdraw: (request: PendingRequest) => void;
}>;

/**
 * One HTTP request through activator and queue-proxy. Answers 504 when it times out before the
 * first byte, 502 when the container does not answer, and breaks the connection when it times out
 * later. `headersTimeout`, the caller's own limit, includes the time in queues.
 */
export class Exchange implements PendingRequest, Handler {
  readonly isUpgrade = false;
  readonly #options: Options;
  readonly #patienceMs: number;
  #timer: NodeJS.Timeout;
  #controller: Controller | undefined;
  #done: (() => void) | undefined;
  #isAnswered = false;
  #isOver = false;

  constructor(options: Options) {
    this.#options = options;
    const { firstByteMs } = options.limits;
    const { headersTimeout } = options.request;
    this.#patienceMs = headersTimeout ? Math.min(firstByteMs, headersTimeout) : firstByteMs;
    this.#timer = setTimeout(() => this.#timeOut(), this.#patienceMs);
  }

  send({ pool }: PodAddress, done: () => void): void {
    if (this.#isOver) {
      done();
      return;
    }
    this.#done = done;
    try {
      pool.dispatch({ ...this.#options.request, headersTimeout: 0, bodyTimeout: 0 }, this);
    } catch (error) {
      this.onResponseError(noConnection, error instanceof Error ? error : new Error(String(error)));
    }
  }

  reject(status: number, reason: string): void {
    this.#end();
    const { handler } = this.#options;
    const body = Buffer.from(reason);
    const headers = {
      'content-type': 'text/plain; charset=utf-8',
      'content-length': String(body.length),
    };
    handler.onResponseStart?.(noConnection, status, headers);
    handler.onResponseData?.(noConnection, body);
    handler.onResponseEnd?.(noConnection, {});
  }

  /** Cancels it, because its caller left. */
  abort(): void {
    if (!this.#isOver) this.#breakOff(new Error('the caller left'));
  }

  onRequestStart(controller: Controller): void {
    this.#controller = controller;
    if (this.#isOver) controller.abort(new Error('it was over before it was sent'));
  }

  onResponseStart(controller: Controller, status: number, headers: Headers): void {
    if (this.#isOver || status < 200) return;
    this.#isAnswered = true;
    this.#options.handler.onResponseStart?.(controller, status, headers);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    if (!this.#isOver) this.#options.handler.onResponseData?.(controller, chunk);
  }

  onResponseEnd(controller: Controller): void {
    this.#done?.();
    if (this.#isOver) return;
    this.#end();
    this.#options.handler.onResponseEnd?.(controller, {});
  }

  onResponseError(controller: Controller, error: Error): void {
    this.#done?.();
    if (this.#isOver) return;
    if (!this.#isAnswered) {
      this.reject(502, `${error.message}\n`);
      return;
    }
    this.#end();
    this.#options.handler.onResponseError?.(controller, error);
  }

  #timeOut(): void {
    const { limits } = this.#options;
    const leftMs = limits.totalMs - this.#patienceMs;
    if (this.#isAnswered && leftMs > 0) {
      this.#timer = setTimeout(() => this.#breakOff(new Error('request timeout')), leftMs);
    } else if (this.#isAnswered || this.#patienceMs < limits.firstByteMs) {
      this.#breakOff(new Error('request timeout'));
    } else {
      this.reject(504, 'request timeout');
      this.#leave();
    }
  }

  #breakOff(reason: Error): void {
    this.#end();
    this.#leave();
    this.#options.handler.onResponseError?.(noConnection, reason);
  }

  #end(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  /** Removes it from its queue, or aborts it in the container. */
  #leave(): void {
    this.#options.withdraw(this);
    this.#controller?.abort(new Error('the request is over'));
  }
}
