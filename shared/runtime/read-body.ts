import type { IncomingMessage } from 'node:http';
import { getHeapStatistics } from 'node:v8';
import { Gauge } from 'prom-client';
import { callerLeft } from './caller-left.ts';
import { HttpProblem } from './http/problem.ts';

/** The largest body a function takes: 1 MiB, the default size limit of a Kafka record. */
const bodyBytesMax = 1_048_576;

/**
 * Parsed JSON takes up to some 22 times the memory of its text (a list of empty objects), and as
 * much again until it is collected.
 */
const heapPerBodyByte = 64;

/**
 * The bodies of all requests that are being handled: 4 MiB, or what the heap can hold once they are
 * parsed. Node's own limit of the heap is half the container's memory.
 */
const allBodiesBytesMax = Math.max(
  bodyBytesMax,
  Math.min(4 * bodyBytesMax, getHeapStatistics().heap_size_limit / heapPerBodyByte),
);

let bytesHeld = 0;
const heldBy = new Map<IncomingMessage, number>();

new Gauge({
  name: 'guerdon_body_bytes_in_flight',
  help: 'Bytes of bodies of the requests being handled now',
  collect() {
    this.set(bytesHeld);
  },
});

/**
 * Reads a request's body, at most 1 MiB of it. Its bytes count until `releaseBody`.
 * Under the functions-framework the body was read before us and waits in `rawBody`.
 * @throws HttpProblem 413 when it is larger, 503 when the bodies being handled leave no room for
 * it, each without keeping the rest; 499 when the caller leaves before its end.
 */
export const readBody = async (
  request: IncomingMessage & { rawBody?: Buffer },
): Promise<Buffer> => {
  if (request.rawBody !== undefined) {
    if (request.rawBody.length > bodyBytesMax) throw tooLarge();
    return request.rawBody;
  }
  const declaredBytes = Number(request.headers['content-length'] ?? 0);
  if (declaredBytes > bodyBytesMax) throw tooLarge();
  hold(request, declaredBytes);
  return readChunks(request, declaredBytes);
};

/** Makes room for other bodies, once this one is no longer needed. */
export const releaseBody = (request: IncomingMessage): void => {
  bytesHeld -= heldBy.get(request) ?? 0;
  heldBy.delete(request);
};

const hold = (request: IncomingMessage, bytes: number): void => {
  if (bytesHeld + bytes > allBodiesBytesMax) throw overloaded();
  bytesHeld += bytes;
  heldBy.set(request, (heldBy.get(request) ?? 0) + bytes);
};

const readChunks = (request: IncomingMessage, declaredBytes: number): Promise<Buffer> => {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    try {
      if (bytes > bodyBytesMax) throw tooLarge();
      // Without a declared length, room is taken as the body comes.
      if (bytes > declaredBytes) hold(request, chunk.length);
      chunks.push(chunk);
    } catch (error) {
      request.removeAllListeners('data').resume();
      reject(error);
    }
  });
  request.on('end', () => {
    const [only] = chunks;
    resolve(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks));
  });
  // Node reports only ECONNRESET for a body that ends half-way.
  request.on('error', () => reject(callerLeft()));
  return promise;
};

/**
 * Node discards what is still to come, within the request's time limit, so that the caller gets to
 * read the answer.
 */
const tooLarge = (): HttpProblem =>
  new HttpProblem(413, 'body-too-large', `The body must have at most ${bodyBytesMax} bytes`);

const overloaded = (): HttpProblem =>
  new HttpProblem(503, 'overloaded', 'Too many large requests in progress, retry later', {
    'retry-after': '1',
  });

/** @throws HttpProblem 405 unless the request is a POST, as all events are. */
export const requirePost = ({ method }: IncomingMessage): void => {
  if (method === 'POST') return;
  throw new HttpProblem(405, 'method-not-allowed', `Events are delivered by POST, got ${method}`, {
    allow: 'POST',
  });
};
