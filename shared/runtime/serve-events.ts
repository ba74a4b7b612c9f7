import type { IncomingMessage, ServerResponse } from 'node:http';
import { decodeCloudEvent } from '#shared/eventing/decode-cloud-event.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import { correlationOf } from './correlation.ts';
import {
  createRouter,
  type Delivery,
  type EventHandler,
  type Outcome,
  parseData,
} from './event-handler.ts';
import { type Closer, type HttpFunction, serve } from './host.ts';
import { createLogger, type Logger } from './log.ts';
import { batchItems } from './metrics.ts';
import { createMicroBatch } from './micro-batch.ts';
import { HttpProblem, logProblem, sendProblem, toProblem } from './problem.ts';
import { readBody } from './read-body.ts';

type Options = Readonly<{
  name: string;
  /** `import.meta.main` of the function's index: whether this process is the function or only loads it. */
  main: boolean;
  handlers: readonly EventHandler[];
  publisher: Publisher;
  /** Batches handled at once per contract; two let one commit while the other publishes. */
  flushesMax?: number;
  /** Closed in order after the last answer. */
  close?: readonly Closer[];
}>;

/**
 * Serves a function of events: decodes each request, checks it against its contract, hands it over (together with others
 * in flight where the handler takes batches), publishes the facts that come back, and only then acknowledges with 204.
 */
export const serveEvents = async ({
  name,
  main,
  close = [],
  ...options
}: Options): Promise<void> => {
  const log = createLogger(name);
  const handle = createEventFunction(options, log);
  await serve({ name, main, log, handle, close: [...close, () => options.publisher.close()] });
};

/** The HTTP function behind serveEvents, for both hosts. */
export const createEventFunction = (
  { handlers, publisher, flushesMax = 2 }: Pick<Options, 'handlers' | 'publisher' | 'flushesMax'>,
  log: Logger,
): HttpFunction => {
  const route = createRouter(handlers);
  const batches = new Map(
    handlers.map((handler) => [
      handler,
      createMicroBatch({
        itemsMax: handler.itemsMax,
        flushesMax: handler.itemsMax === 1 ? Number.MAX_SAFE_INTEGER : flushesMax,
        waitingMax: 1000,
        flush: (deliveries: readonly Delivery<unknown>[]) =>
          process(handler, deliveries, publisher),
      }),
    ]),
  );

  return async (request, response) => {
    try {
      requirePost(request);
      const event = decodeCloudEvent(request.headers, await readBody(request));
      const handler = route(event);
      const outcome = await batches.get(handler)?.add(parseData(handler.contract, event));
      if (outcome instanceof Error) throw outcome;
      response.writeHead(204).end();
    } catch (error) {
      refuse(request, response, { error, log });
    }
  };
};

/** One batch: handle, publish what was committed, and only then let the callers be answered. */
const process = async (
  handler: EventHandler,
  deliveries: readonly Delivery<unknown>[],
  publisher: Publisher,
): Promise<readonly Outcome[]> => {
  batchItems.observe(deliveries.length);
  const outcomes = await handler.handle(deliveries);
  const facts = outcomes.flatMap((outcome, index) => {
    if (outcome instanceof Error) return [];
    const event = deliveries[index]?.event;
    const correlationId = event && correlationOf(event);
    return outcome.facts.map((fact) => ({
      fact,
      correlationId,
      traceparent: event?.extensions['traceparent'],
    }));
  });
  if (facts.length > 0) await publisher.publish(facts);
  return outcomes;
};

const requirePost = ({ method }: IncomingMessage): void => {
  if (method === 'POST') return;
  throw new HttpProblem(405, 'method-not-allowed', `Events come by POST, got ${method}`, {
    allow: 'POST',
  });
};

const refuse = (
  request: IncomingMessage,
  response: ServerResponse,
  { error, log }: Readonly<{ error: unknown; log: Logger }>,
): void => {
  const problem = toProblem(error);
  const { 'ce-source': source, 'ce-id': id } = request.headers;
  logProblem(
    log.child({ source, id, correlationId: request.headers['ce-correlationid'] ?? id }),
    problem,
    error,
  );
  sendProblem(response, problem);
};
