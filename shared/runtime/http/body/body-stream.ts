import type { IncomingMessage } from 'node:http';
import { callerLeft } from '../../caller-left.ts';
import { HttpProblem } from '../problem.ts';
import { requireNoEncoding, unsupportedBody } from './unsupported-body.ts';

/** A body that is read as it arrives and never in memory as a whole. */
export type BodyStream = Readonly<{
  /** One of the media types that the route takes. */
  mediaType: string;
  /**
   * Its bytes, once.
   * @throws HttpProblem 413 past the largest body, 499 when the caller leaves before its end.
   */
  chunks: AsyncIterable<Uint8Array>;
}>;

/** What one request may stream, so that it arrives within the time that a request has. */
const streamBytesMax = 8 * 1_048_576;

/** Opens a body as a stream. @throws HttpProblem 413 or 415 before anything of it is read. */
export const openBody = (
  request: IncomingMessage & { rawBody?: Buffer },
  mediaTypes: readonly string[],
): BodyStream => {
  const [sent = ''] = (request.headers['content-type'] ?? '').split(';');
  const mediaType = mediaTypes.find((each) => each === sent.trim().toLowerCase());
  if (mediaType === undefined) {
    throw unsupportedBody(`The body must be ${mediaTypes.join(' or ')}`);
  }
  requireNoEncoding(request.headers);
  if (Number(request.headers['content-length'] ?? 0) > streamBytesMax) throw tooLarge();
  return { mediaType, chunks: readChunks(request) };
};

/** functions-framework has already read the body. */
async function* readChunks(
  request: IncomingMessage & { rawBody?: Buffer },
): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  // A request whose body is not read to its end still gets a response.
  const chunks = request.rawBody ? [request.rawBody] : request.iterator({ destroyOnReturn: false });
  for await (const chunk of untilCallerLeaves(chunks)) {
    bytes += chunk.length;
    if (bytes > streamBytesMax) throw tooLarge();
    yield chunk;
  }
}

async function* untilCallerLeaves(
  chunks: AsyncIterable<unknown> | Iterable<unknown>,
): AsyncGenerator<Buffer> {
  try {
    yield* chunks as AsyncIterable<Buffer>;
  } catch {
    throw callerLeft();
  }
}

const tooLarge = (): HttpProblem =>
  new HttpProblem(
    413,
    'body-too-large',
    `The body must have at most ${streamBytesMax} bytes; send the rest with another request`,
  );
