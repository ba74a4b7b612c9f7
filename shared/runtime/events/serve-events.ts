import type { IncomingMessage, ServerResponse } from 'node:http';
import { InvalidEvent, Unavailable } from '#shared/domain/errors.ts';
import { type CloudEvent, decodeCloudEvent, isFramed } from '#shared/eventing/cloud-event.ts';
import type { Contract } from '#shared/eventing/contract.ts';
import type { Publisher } from '#shared/eventing/publisher.ts';
import { readConfig, requestShape } from '../config.ts';
import type { Closer } from '../drain.ts';
import { isOver, serve } from '../host.ts';
import type { HttpFunction } from '../http/http-function.ts';
import { HttpProblem, logProblem, sendProblem, toProblem } from '../http/problem.ts';
import { createLogger, type Logger } from '../log.ts';
import { batchItems, partitionEventsTotal, tenantLoad } from '../metrics.ts';
import { readBody, releaseBody, requirePost } from '../read-body.ts';
import type { Warmer } from '../warm-up.ts';
import {
  createRouter,
  type Delivery,
  type EventHandler,
  type Outcome,
  parseData,
} from './event-handler.ts';
import { createMicroBatch } from './micro-batch.ts';
import { publishOutcomes } from './publish-events.ts';

type Options = Readonly<{
  name: string;
  /**
   * `import.meta.main` of the function's index: whether this process is the function or only loads
   * it.
   */
  main: boolean;
  handlers: readonly EventHandler[];
  publisher: Publisher;
  /**
   * Reads data that begins with a zero byte, such as Avro with the number of its schema; refused
   * where there is none.
   */
  decode?: (data: Buffer) => Promise<unknown>;
  /** Batches handled at once per contract; those that have committed do not count. */
  flushesMax?: number;
  /** How long a batch may take before its place is given to another one, in milliseconds. */
  flushMsMax?: number;
  /** Run before it is ready, while the publisher connects. */
  warmers?: readonly Warmer[];
  /** Closed in order after the last answer. */
  close?: readonly Closer[];
}>;

/**
 * Serves a function that receives events: decodes each request, validates it against its contract,
 * passes it to the handler (in batches if the handler supports them), publishes the resulting
 * events, and only then acknowledges with 204.
 */
export const serveEvents = async ({
  name,
  main,
  warmers = [],
  close = [],
  ...options
}: Options): Promise<void> => {
  const log = createLogger(name);
  const flushMsMax = readConfig(requestShape).REQUEST_SECONDS * 1000;
  const handle = createEventFunction({ flushMsMax, ...options }, log);
  const { publisher } = options;
  const serving = { name, main, log, handle, close: [...close, () => publisher.close()] };
  await serve({ ...serving, warmers: [...warmers, async () => publisher.open?.()] });
};

type Parts = Pick<Options, 'handlers' | 'publisher' | 'decode' | 'flushesMax' | 'flushMsMax'>;

/** The HTTP function behind serveEvents, for both hosts. */
export const createEventFunction = (
  { handlers, publisher, decode, flushesMax = 2, flushMsMax }: Parts,
  log: Logger,
): HttpFunction => {
  const failing = createFailingEvents();
  const route = createRouter(
    handlers.map((handler) => ({
      ...{ contract: handler.contract, isBatched: handler.itemsMax > 1 },
      deliver: createDeliverer(handler, publisher, { flushesMax, flushMsMax }),
    })),
  );

  return async (request, response) => {
    try {
      requirePost(request);
      const received = decodeCloudEvent(request.headers, await readBody(request));
      const { data } = received;
      const isEncoded = decode !== undefined && isFramed(data);
      const event = isEncoded ? withData(received, await decode(data)) : received;
      const handler = route(event);
      const delivery = parseData(handler.contract, event);
      countReceived(handler, delivery, request);
      const outcome = await handler.deliver(delivery, () => isOver(response));
      if (outcome instanceof Error) throw outcome;
      failing.succeeded(() => keyOf(request));
      if (!isOver(response)) response.writeHead(204).end();
    } catch (error) {
      const refusal = failing.failed(keyOf(request), error);
      if (refusal !== undefined)
        log.error({ err: error, ...nameOf(request), code: refusal.code }, 'gave up on an event');
      refuse(request, response, { error: refusal ?? error, log });
    } finally {
      releaseBody(request);
    }
  };
};

/** The event with other data. Its extensions may be a getter, which a spread leaves out. */
const withData = (event: CloudEvent, data: unknown): CloudEvent => ({
  ...event,
  extensions: event.extensions,
  data,
});

/** The tenant that an event names; '' for one that names none. */
const tenantOf = ({ data }: Delivery<unknown>): string => {
  const { tenantId } = (data ?? {}) as { tenantId?: unknown };
  return typeof tenantId === 'string' ? tenantId : '';
};

/**
 * Counts events by tenant, and by partition if the event has one. It reads the extension from its
 * header, because collecting all extensions is slower.
 */
const countReceived = (
  { contract: { topic }, isBatched }: Readonly<{ contract: Contract; isBatched: boolean }>,
  delivery: Delivery<unknown>,
  { headers: { 'ce-knativekafkapartition': partition } }: IncomingMessage,
): void => {
  if (!isBatched) return;
  tenantLoad.record(tenantOf(delivery));
  if (typeof partition === 'string' && /^\d{1,4}$/.test(partition))
    partitionEventsTotal.inc({ topic, partition });
};

type Deliverer = (delivery: Delivery<unknown>, isAbandoned: () => boolean) => Promise<Outcome>;
type Flushing = Readonly<{ flushesMax: number; flushMsMax: number | undefined }>;

/** How an event reaches its handler: alone, or together with others in flight. */
const createDeliverer = (
  handler: EventHandler,
  publisher: Publisher,
  { flushesMax, flushMsMax }: Flushing,
): Deliverer => {
  const { itemsMax } = handler;
  if (itemsMax === 1)
    return async (delivery) => (await process(handler, [delivery], { publisher }))[0] as Outcome;
  return createMicroBatch({
    itemsMax,
    flushesMax,
    waitingMax: 1000,
    ownerOf: tenantOf,
    ...(flushMsMax !== undefined && { flushMsMax }),
    flush: (deliveries: readonly Delivery<unknown>[], committed) => {
      batchItems.observe(deliveries.length);
      return process(handler, deliveries, { publisher, committed });
    },
  }).add;
};

type Emitting = Readonly<{ publisher: Publisher; committed?: () => void }>;

/**
 * One batch: handles it, publishes what was committed while the next one is handled, and only then
 * answers the callers.
 */
const process = async (
  handler: EventHandler,
  deliveries: readonly Delivery<unknown>[],
  { publisher, committed = () => undefined }: Emitting,
): Promise<readonly Outcome[]> => {
  const outcomes = await handler.handle(deliveries, committed);
  committed();
  return publishOutcomes(handler, publisher, { deliveries, outcomes });
};

/** Identifies an event: its id is unique together with its source. */
const nameOf = ({ headers: { 'ce-source': source, 'ce-id': id } }: IncomingMessage) => ({
  source,
  id,
});

/** Bounds the memory for failing events; the id is at the end. */
const keyLengthMax = 300;

const keyOf = (request: IncomingMessage): string => {
  const { source, id } = nameOf(request);
  return `${String(source)} ${String(id)}`.slice(-keyLengthMax);
};

const refuse = (
  request: IncomingMessage,
  response: ServerResponse,
  { error, log }: Readonly<{ error: unknown; log: Logger }>,
): void => {
  const problem = toProblem(error);
  const name = nameOf(request);
  logProblem(
    log.child({ ...name, correlationId: request.headers['ce-correlationid'] ?? name.id }),
    problem,
    error,
  );
  sendProblem(response, problem);
};

type FailingOptions = Readonly<{
  /** Unexpected errors of one event after which it may be given up. */
  attemptsMax?: number;
  /** Events that are known to fail; the oldest are dropped first and start over. */
  eventsMax?: number;
}>;

/** A failing event: how often it failed, and how many events had been handled before. */
type Failing = Readonly<{ attempts: number; handledBefore: number }>;

/** Whether an error is unexpected: neither a refusal nor an outage, so a bug of ours or worse. */
const isUnexpected = (error: unknown): boolean =>
  !(error instanceof HttpProblem || error instanceof InvalidEvent || error instanceof Unavailable);

/** The code of the refusal of an event that was given up. */
const givenUpCode = 'gave-up';

/**
 * Decides when an event that repeatedly fails alone with an unexpected error is refused
 * permanently, so that it becomes a dead letter instead of filling its source's window. An outage
 * never counts.
 *
 * It is refused only if more other events were handled since it first failed than are failing now:
 * a fault that affects most events is not caused by one of them, and must not turn a topic into
 * dead letters. docs/decisions/0020-deadlines-and-giving-up.md
 */
export const createFailingEvents = ({
  attemptsMax = 3,
  eventsMax = 10_000,
}: FailingOptions = {}) => {
  const failing = new Map<string, Failing>();
  let handled = 0;

  return {
    /** Records that an event was handled; its key is computed only while events are failing. */
    succeeded: (keyOf: () => string): void => {
      handled += 1;
      if (failing.size > 0) failing.delete(keyOf());
    },
    /**
     * Notes an error of an event; returns the refusal to answer it with once it is to be given up.
     */
    failed: (key: string, error: unknown): InvalidEvent | undefined => {
      if (!isUnexpected(error)) return undefined;
      const { attempts, handledBefore } = failing.get(key) ?? {
        attempts: 0,
        handledBefore: handled,
      };
      failing.delete(key);
      if (attempts + 1 >= attemptsMax && handled - handledBefore > failing.size)
        return gaveUp(attempts + 1, error);
      failing.set(key, { attempts: attempts + 1, handledBefore });
      const [oldest] = failing.keys();
      if (failing.size > eventsMax && oldest !== undefined) failing.delete(oldest);
      return undefined;
    },
  };
};

const gaveUp = (attempts: number, error: unknown): InvalidEvent => {
  const kind = error instanceof Error ? error.name : 'unknown error';
  const detail = `Failed ${attempts} times with an unexpected ${kind}, while other events succeeded; see the log`;
  return new InvalidEvent(givenUpCode, detail, { cause: error });
};
