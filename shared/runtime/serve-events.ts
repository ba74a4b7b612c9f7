import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CloudEvent } from '#shared/eventing/cloud-event.ts';
import { decodeCloudEvent, isFramed } from '#shared/eventing/decode-cloud-event.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import type { Closer } from './closer.ts';
import {
  createRouter,
  type Delivery,
  type EventHandler,
  type Outcome,
  parseData,
} from './event-handler.ts';
import { type HttpFunction, serve } from './host.ts';
import { createLogger, type Logger } from './log.ts';
import { batchItems } from './metrics.ts';
import { createMicroBatch } from './micro-batch.ts';
import { HttpProblem, logProblem, sendProblem, toProblem } from './problem.ts';
import { publishOutcomes } from './publish-outcomes.ts';
import { readBody } from './read-body.ts';

type Options = Readonly<{
  name: string;
  /** `import.meta.main` of the function's index: whether this process is the function or only loads it. */
  main: boolean;
  handlers: readonly EventHandler[];
  publisher: Publisher;
  /** Reads data that begins with a zero byte, such as Avro with the number of its schema; refused where there is none. */
  decode?: (data: Buffer) => Promise<unknown>;
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

type Parts = Pick<Options, 'handlers' | 'publisher' | 'decode' | 'flushesMax'>;

/** The HTTP function behind serveEvents, for both hosts. */
export const createEventFunction = (
  { handlers, publisher, decode, flushesMax = 2 }: Parts,
  log: Logger,
): HttpFunction => {
  const route = createRouter(
    handlers.map((handler) => ({
      contract: handler.contract,
      deliver: createDeliverer(handler, publisher, flushesMax),
    })),
  );

  return async (request, response) => {
    try {
      requirePost(request);
      const event = await decoded(
        decodeCloudEvent(request.headers, await readBody(request)),
        decode,
      );
      const { contract, deliver } = route(event);
      const outcome = await deliver(parseData(contract, event));
      if (outcome instanceof Error) throw outcome;
      response.writeHead(204).end();
    } catch (error) {
      refuse(request, response, { error, log });
    }
  };
};

/** The event with its data read by `decode`, where that is for such data. */
const decoded = async (event: CloudEvent, decode: Options['decode']): Promise<CloudEvent> => {
  const { data, extensions } = event;
  if (decode === undefined || !isFramed(data)) return event;
  return { ...event, extensions, data: await decode(data) };
};

type Deliverer = (delivery: Delivery<unknown>) => Promise<Outcome>;

/** How an event reaches its handler: alone, or together with those that are in flight beside it. */
const createDeliverer = (
  handler: EventHandler,
  publisher: Publisher,
  flushesMax: number,
): Deliverer => {
  const { itemsMax } = handler;
  const flush = (deliveries: readonly Delivery<unknown>[]) =>
    process(handler, deliveries, publisher);
  if (itemsMax === 1) return async (delivery) => (await flush([delivery]))[0] as Outcome;
  return createMicroBatch({ itemsMax, flushesMax, waitingMax: 1000, flush }).add;
};

/** One batch: handle, publish what was committed, and only then let the callers be answered. */
const process = async (
  handler: EventHandler,
  deliveries: readonly Delivery<unknown>[],
  publisher: Publisher,
): Promise<readonly Outcome[]> => {
  if (handler.itemsMax > 1) batchItems.observe(deliveries.length);
  const outcomes = await handler.handle(deliveries);
  return publishOutcomes(handler, publisher, { deliveries, outcomes });
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
